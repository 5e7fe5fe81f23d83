import { setTimeout as sleep } from "node:timers/promises";
import { usedMemory } from "../measure/redis-counts.ts";
import type { Sample } from "../measure/sample.ts";
import { startStopwatch } from "../measure/stopwatch.ts";
import { workloadOf } from "../workloads/workloads.ts";
import { loadOf } from "./serve.ts";
import type { Bench, Step } from "./step.ts";

/** What Redis needs once, however many jobs there are, is there after so many. */
const FIRST_JOBS = 256;
const SETTLE_MS = 500;
/** Longer than any load takes. */
const UNLIMITED_MS = 3_600_000;

/** Bytes that Redis holds for a queued job beyond its input, submitted by so many clients at a time. */
export function queued(clients: number, jobs: number): Step {
  const name = `queued-${clients}`;
  return {
    name,
    isAlone: true,
    workloads: ["faq", "wine"],
    measure: async (bench) => hold(bench, clients, jobs),
  };
}

async function hold(bench: Bench, clients: number, jobs: number): Promise<Sample> {
  const { arm, generator, workload } = bench;
  const { redis, setWorkers } = arm;
  if (redis === undefined || setWorkers === undefined) throw new Error("this arm is no queue");
  await setWorkers(0);
  await submit(bench, clients, FIRST_JOBS);
  await sleep(SETTLE_MS);
  const before = await usedMemory(redis);
  const stop = await startStopwatch(arm, generator.pid);
  const { answers, wrong, refused, lost, examples } = await submit(bench, clients, jobs);
  const { cpu, foreignCores, redis: counts } = await stop();
  await sleep(SETTLE_MS);
  const bytes = ((await usedMemory(redis)) - before) / answers - inputBytes(workload);
  const micros = Object.entries(cpu).map(([name, spent]) => [name, (spent * 1e6) / answers]);
  return {
    figures: { bytesBeyondInput: bytes, commands: (counts?.commands ?? NaN) / answers },
    cpuMicros: Object.fromEntries(micros),
    foreignCores,
    wrong,
    refused: refused + lost,
    examples,
  };
}

/** Puts jobs into the queue. */
export async function submit(bench: Bench, clients: number, jobsMax: number) {
  const load = { ...loadOf(bench), manner: "submit", clients, jobsMax } as const;
  return bench.generator.run({ ...load, leadMs: 0, windowMs: UNLIMITED_MS });
}

/** Of a job's input as it is stored, on average: text, or a float32 for each number. */
function inputBytes(workload: Bench["workload"]): number {
  const { cases } = workloadOf(workload);
  const sizes = cases.flatMap(({ input }) =>
    Buffer.isBuffer(input)
      ? input.length
      : Object.values(input).map((it) => (typeof it === "string" ? Buffer.byteLength(it) : 4)),
  );
  return sizes.reduce((sum, it) => sum + it, 0) / cases.length;
}
