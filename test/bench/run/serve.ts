import type { Load } from "../load/load.ts";
import type { Sample } from "../measure/sample.ts";
import { startStopwatch, untilIdle } from "../measure/stopwatch.ts";
import type { Bench, Step } from "./step.ts";

const LEAD_MS = 300;

/** Clients that ask as fast as they are answered. */
export function closed(clients: number): Step {
  const name = `closed-${clients}`;
  return { name, isAlone: false, measure: async (bench) => serve(bench, { clients }) };
}

/** Requests that come by Poisson, at a rate. */
export function open(rate: number): Step {
  const name = `open-${rate}`;
  return { name, isAlone: false, measure: async (bench) => serve(bench, { clients: 0, rate }) };
}

/** Samples an arm under a load. */
export async function serve(bench: Bench, shape: Pick<Load, "clients" | "rate">): Promise<Sample> {
  const { arm, generator } = bench;
  await untilIdle(arm);
  const stop = await startStopwatch(arm, generator.pid);
  const result = await generator.run({ ...loadOf(bench), ...shape });
  const { cpu, foreignCores, redis } = await stop();
  const { rate, p50Ms, p99Ms, lateMs, answers, wrong, refused, lost, examples } = result;
  const perRequest = (amount: number): number => amount / Math.max(1, answers);
  const cpuMicros = Object.entries(cpu).map(([name, spent]) => [name, perRequest(spent * 1e6)]);
  const ofRedis =
    redis === undefined
      ? {}
      : { commands: perRequest(redis.commands), bytes: perRequest(redis.bytes) };
  return {
    figures: { rate, p50Ms, p99Ms, lateMs, ...ofRedis },
    cpuMicros: Object.fromEntries(cpuMicros),
    foreignCores,
    wrong,
    refused: refused + lost,
    examples,
  };
}

/** What a load of an arm is, but for its shape. */
export function loadOf({ arm, kind, workload, windowMs, seed }: Bench): Omit<Load, "clients"> {
  const { port, tokens } = arm;
  const { dialect, manner } = kind;
  return { port, tokens, dialect, manner, workload, seed, leadMs: LEAD_MS, windowMs };
}
