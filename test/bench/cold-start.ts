import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { z } from "zod";
import { workKeys } from "../../shared/redis/keys.ts";
import { postJson } from "../support/client.ts";
import { System, type Role } from "../support/system.ts";
import { until } from "../support/until.ts";
import { childrenOf, cpuSeconds } from "./measure/processes.ts";
import { median, numberText, spreadText } from "./report/statistics.ts";

const USAGE = `node test/bench/cold-start.ts [--against FOLDER] [--rounds N]

How long a worker takes from the start of its process to its first score: a question waits in the
queue, then the worker is started, and the answer ends the measurement. The timeline is what the
worker logs meanwhile, at LOG_LEVEL=debug; CPU is that of the worker and its runners until the answer.

--against  another checkout, which is set up; the two take turns, and a round's ratio is ours ÷ its
--rounds   15 by default
`;

/** One model: the others would be loaded as well. */
const ENV = { LOG_LEVEL: "debug", WORKER_MODELS: "faq-javascript" };
const LANE = { model: "faq-javascript@1", class: "interactive" } as const;
const TEXT = "What is a closure?";
const FIRST_SCORE = "first score";

/** What one start took. */
interface Start {
  /** By what happened, ms since the process was spawned, in order. */
  readonly timeline: ReadonlyMap<string, number>;
  readonly ms: number;
  readonly cpuMs: number;
}

const lineSchema = z.looseObject({ time: z.number(), msg: z.string() });

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      against: { type: "string" },
      rounds: { type: "string", default: "15" },
      help: { type: "boolean" },
    },
  });
  if (values.help === true) return print(USAGE);
  const roots = [".", ...(values.against === undefined ? [] : [values.against])];
  const arms = roots.map((root) => ({ root: resolve(root), starts: new Array<Start>() }));
  await using system = await System.bare(ENV);
  const { url } = await system.gateway();
  // The first round is not counted: it fills the caches of the machine.
  for (let round = -1; round < Number(values.rounds); round++) {
    for (const { root, starts } of arms) {
      const start = await measure(system, url, root);
      if (round >= 0) starts.push(start);
    }
  }
  for (const { root, starts } of arms) print(`\n${root}\n${reportOf(starts)}`);
  const [ours = [], theirs] = arms.map(({ starts }) => starts);
  if (theirs === undefined) return;
  const ratio = (of: (start: Start) => number): string =>
    spreadText(
      ours.map((start, i) => of(start) / of(theirs[i] ?? start)),
      2,
    );
  print(`\n${FIRST_SCORE}, ours ÷ against: ${ratio(({ ms }) => ms)}`);
  print(`CPU until then, ours ÷ against: ${ratio(({ cpuMs }) => cpuMs)}`);
}

async function measure(system: System, url: string, root: string): Promise<Start> {
  const answer = postJson(`${url}/v1/models/faq-javascript/jobs`, { input: { text: TEXT } });
  const redis = system.redis.client();
  await until("the question waits", async () => (await redis.llen(workKeys.load(LANE))) > 0);
  const startMs = Date.now();
  const worker = system.startingWorker({ root });
  const { status } = await answer;
  const ms = Date.now() - startMs;
  if (status !== 200) throw new Error(`answered ${status}:\n${worker.log}`);
  const cpu = [worker.pid, ...childrenOf(worker.pid)].map(cpuSeconds);
  await worker.end("SIGTERM");
  const cpuMs = cpu.reduce((sum, it) => sum + it, 0) * 1000;
  return { timeline: timelineOf(worker, startMs, ms), ms, cpuMs };
}

function timelineOf(worker: Role, startMs: number, ms: number): ReadonlyMap<string, number> {
  const timeline = new Map<string, number>();
  for (const text of worker.log.split("\n").filter((it) => it.startsWith("{"))) {
    const { time, msg } = lineSchema.parse(JSON.parse(text));
    if (time - startMs <= ms && !timeline.has(msg)) timeline.set(msg, time - startMs);
  }
  return timeline.set(FIRST_SCORE, ms);
}

function reportOf(starts: readonly Start[]): string {
  const happened = new Set(starts.flatMap(({ timeline }) => [...timeline.keys()]));
  const times = [...happened].map((what) => {
    const all = starts.flatMap(({ timeline }) => timeline.get(what) ?? []);
    return { what, all, middle: median(all) };
  });
  const inOrder = times.toSorted((a, b) => a.middle - b.middle);
  const lines = inOrder.map(({ what, all }) => `  ${spreadText(all, 0).padEnd(24)} ${what}`);
  const cpu = numberText(median(starts.map(({ cpuMs }) => cpuMs)), 0);
  return [`  ms`, ...lines, `  CPU: ${cpu} ms`].join("\n");
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

await main();
