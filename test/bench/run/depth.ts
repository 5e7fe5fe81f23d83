import { setTimeout as sleep } from "node:timers/promises";
import { keys } from "../../support/redis-keys.ts";
import { Connection, type Answer } from "../load/connection.ts";
import { Jobs } from "../load/jobs.ts";
import type { Submitted } from "../load/load.ts";
import type { Sample } from "../measure/sample.ts";
import { startStopwatch } from "../measure/stopwatch.ts";
import { workloadOf } from "../workloads/workloads.ts";
import { submit } from "./queued.ts";
import { loadOf } from "./serve.ts";
import type { Bench, Step } from "./step.ts";

const FILLERS = 256;
const CLIENTS = 64;
const POLL_MS = 10;
/** Of the jobs that were accepted meanwhile: what a worker does first is not its pace yet. */
const SKIPPED_SHARE = 0.25;

/** How many jobs a second are accepted, and then drained, on top of so many that are queued. */
export function depth(jobs: number): Step {
  const name = `depth-${jobs}`;
  const workloads = ["faq"] as const;
  return { name, isAlone: true, workloads, measure: async (bench) => measure(bench, jobs) };
}

async function measure(bench: Bench, jobs: number): Promise<Sample> {
  const { arm, generator } = bench;
  await arm.setWorkers?.(0);
  const filled = await submit(bench, FILLERS, jobs);
  const stop = await startStopwatch(arm, generator.pid);
  const load = { ...loadOf(bench), manner: "submit", clients: CLIENTS } as const;
  const accepted = await generator.run(load);
  const { cpu, foreignCores } = await stop();
  const drainRate = await drain(bench, accepted.answers);
  const wrong = await wrongOf(bench, filled.submitted);
  const micros = Object.entries(cpu).map(([name, spent]) => [
    name,
    (spent * 1e6) / accepted.answers,
  ]);
  return {
    figures: { acceptRate: accepted.rate, drainRate },
    cpuMicros: Object.fromEntries(micros),
    foreignCores,
    wrong: accepted.wrong + filled.wrong + wrong.length,
    refused: accepted.refused + accepted.lost + filled.refused + filled.lost,
    examples: [...accepted.examples, ...filled.examples, ...wrong].slice(0, 5),
  };
}

/** Jobs a second that a worker ends, of as many as were accepted last. */
async function drain({ arm, workload }: Bench, jobs: number): Promise<number> {
  const { redis, setWorkers } = arm;
  if (redis === undefined || setWorkers === undefined) throw new Error("this arm is no queue");
  const { model } = workloadOf(workload);
  const list = keys.load({ model: `${model}@1`, class: "interactive" });
  const full = await redis.llen(list);
  await setWorkers(1);
  const atMost = async (left: number): Promise<{ left: number; atMs: number }> => {
    while (true) {
      const now = await redis.llen(list);
      if (now <= left) return { left: now, atMs: performance.now() };
      await sleep(POLL_MS);
    }
  };
  const first = await atMost(full - Math.ceil(jobs * SKIPPED_SHARE));
  const last = await atMost(full - jobs);
  return ((first.left - last.left) * 1000) / (last.atMs - first.atMs);
}

/** What the first of the drained jobs were answered, where it is not what it must be. */
async function wrongOf(bench: Bench, submitted: readonly Submitted[]): Promise<readonly string[]> {
  const jobs = new Jobs({ ...loadOf(bench), clients: 1, manner: "async" });
  const connection = await Connection.open(bench.arm.port);
  const wrong: string[] = [];
  for (const { id, index } of submitted.slice(0, CHECKED)) {
    const { promise, resolve } = Promise.withResolvers<Answer | undefined>();
    const head = `GET /v1/jobs/${id} HTTP/1.1\r\nhost: 127.0.0.1\r\nprefer: wait=30\r\n\r\n`;
    connection.ask(Buffer.from(head), resolve);
    const answer = await promise;
    if (answer === undefined || !jobs.isRight(index, answer)) wrong.push(`${id} ${answer?.body}`);
  }
  connection.close();
  return wrong;
}

/** The first in are the first out: so many are among those that were drained, or soon will be. */
const CHECKED = 50;
