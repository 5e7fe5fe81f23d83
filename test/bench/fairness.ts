import { setTimeout as sleep } from "node:timers/promises";
import { useKey } from "../support/client.ts";
import { issueKey } from "../support/keys.ts";
import { askAs, type Manner } from "../support/neighbours.ts";
import { System } from "../support/system.ts";
import { MODEL, readQuestions } from "./workloads/questions.ts";
import { quantile } from "./report/statistics.ts";

const USAGE = `node test/bench/fairness.ts [rounds]

What a tenant's jobs take beside another's that sends at the same rate: ordinary jobs, jobs with
attempt_ms: 1, and jobs that it cancels at once. Rounds are interleaved; 5 by default.
`;

/** Of the neighbour, whatever it does with its jobs. */
const NEIGHBOUR_JOBS_A_SECOND = 60;
const CLIENTS = 4;
const WINDOW_MS = 4000;

const neighbours: readonly Manner[] = ["ordinary", "hasty", "fickle"];

interface Times {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly failed: number;
}

async function main(): Promise<void> {
  const [given = "5"] = process.argv.slice(2);
  const rounds = Number(given);
  if (!(rounds >= 1)) return print(USAGE);
  await using system = await System.start();
  const { tokens } = await issueKey(system.redis.client(), { tenant: "neighbour" });
  // The same gateway under its other name, with the neighbour's key.
  const theirs = system.url.replace("127.0.0.1", "localhost");
  useKey(theirs, tokens.primary);
  const urls = [system.url, theirs].map((it) => `${it}/v1/models/${MODEL.name}/jobs`);
  const texts = readQuestions().map(({ text }) => text);
  await beside("ordinary", urls, texts);
  const ratios = new Map<Manner, { p50: number[]; p99: number[] }>();
  for (let round = 1; round <= rounds; round += 1) {
    const times = new Map<Manner, Times>();
    for (const manner of neighbours) times.set(manner, await beside(manner, urls, texts));
    const usual = times.get("ordinary");
    for (const [manner, { p50Ms, p99Ms, failed }] of times) {
      print(
        `round ${round}  ${manner.padEnd(8)}  p50 ${p50Ms.toFixed(1)} ms  p99 ${p99Ms.toFixed(1)} ms  failed ${failed}`,
      );
      const all = ratios.get(manner) ?? { p50: [], p99: [] };
      all.p50.push(p50Ms / (usual?.p50Ms ?? Number.NaN));
      all.p99.push(p99Ms / (usual?.p99Ms ?? Number.NaN));
      ratios.set(manner, all);
    }
  }
  print("\nbeside hostile ÷ beside ordinary, medians of the rounds; above 1 is slower");
  for (const [manner, { p50, p99 }] of ratios) {
    print(`${manner.padEnd(8)}  p50 ${median(p50).toFixed(2)}  p99 ${median(p99).toFixed(2)}`);
  }
}

/** Jobs of a closed loop of clients, while the neighbour sends at its rate. */
async function beside(
  manner: Manner,
  [url = "", theirs = ""]: readonly string[],
  texts: readonly string[],
): Promise<Times> {
  const untilMs = performance.now() + WINDOW_MS;
  const text = (i: number): string => texts[i % texts.length] ?? "";
  const annoyed = annoy(untilMs, async (i) => askAs(manner, theirs, text(i)));
  const took: number[] = [];
  let failed = 0;
  const loops = Array.from({ length: CLIENTS }, async (_, client) => {
    for (let i = client; performance.now() < untilMs; i += CLIENTS) {
      const beganMs = performance.now();
      if ((await askAs("ordinary", url, text(i))) !== "succeeded") failed += 1;
      took.push(performance.now() - beganMs);
    }
  });
  await Promise.all([...loops, annoyed]);
  return { p50Ms: quantile(took, 0.5), p99Ms: quantile(took, 0.99), failed };
}

/** Sends at a steady rate, whatever becomes of it, and waits for the last. */
async function annoy(untilMs: number, send: (i: number) => Promise<string>): Promise<void> {
  const sent: Promise<string>[] = [];
  const beganMs = performance.now();
  while (performance.now() < untilMs) {
    const due = ((performance.now() - beganMs) * NEIGHBOUR_JOBS_A_SECOND) / 1000;
    while (sent.length < due) sent.push(send(sent.length));
    await sleep(10);
  }
  await Promise.all(sent);
}

function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

await main();
