import { setTimeout as sleep } from "node:timers/promises";
import type { Arm } from "../arms/arm.ts";
import { cpuSeconds, machineSeconds } from "./processes.ts";
import { redisCounts, type RedisCounts } from "./redis-counts.ts";

const IDLE_MS = 300;
const IDLE_CORES_MAX = 0.1;
const IDLE_LIMIT_MS = 10_000;
/** A queue goes on with what an overload has left in it. */
const QUEUE_LIMIT_MS = 60_000;

/** What passed between two looks at the machine. */
export interface Spent {
  readonly seconds: number;
  /** CPU seconds by what the processes are. */
  readonly cpu: Readonly<Record<string, number>>;
  readonly foreignCores: number;
  /** Undefined for an arm without Redis. */
  readonly redis: RedisCounts | undefined;
}

/**
 * Looks at the machine, and says at the second look what was spent since.
 *
 * @param generatorPid its CPU time is told as the generator's; 0: there is none
 */
export async function startStopwatch(
  arm: Arm,
  generatorPid: number,
): Promise<() => Promise<Spent>> {
  const processes = { ...arm.processes(), generator: [generatorPid] };
  const look = async () => {
    const redis = arm.redis === undefined ? undefined : await redisCounts(arm.redis);
    const cpu = Object.entries(processes).map(([name, pids]) => [name, total(pids)] as const);
    const own = cpu.reduce((sum, [, seconds]) => sum + seconds, cpuSeconds(process.pid));
    return { redis, cpu: new Map(cpu), foreign: machineSeconds() - own, atMs: performance.now() };
  };
  const before = await look();
  return async () => {
    const after = await look();
    const seconds = (after.atMs - before.atMs) / 1000;
    const cpu = [...after.cpu].map(([name, spent]) => [name, spent - (before.cpu.get(name) ?? 0)]);
    return {
      seconds,
      cpu: Object.fromEntries(cpu),
      foreignCores: Math.max(0, (after.foreign - before.foreign) / seconds),
      redis: difference(after.redis, before.redis),
    };
  };
}

/**
 * Waits until an arm rests: work that nobody waits for any more would be counted in the next sample.
 * Some frameworks never do, so it goes on after a while.
 */
export async function untilIdle(arm: Arm): Promise<void> {
  const pids = Object.values(arm.processes()).flat();
  const endMs = performance.now() + (arm.redis === undefined ? IDLE_LIMIT_MS : QUEUE_LIMIT_MS);
  let before = total(pids);
  while (performance.now() < endMs) {
    await sleep(IDLE_MS);
    const now = total(pids);
    if ((now - before) * 1000 <= IDLE_CORES_MAX * IDLE_MS) return;
    before = now;
  }
}

function difference(
  after: RedisCounts | undefined,
  before: RedisCounts | undefined,
): RedisCounts | undefined {
  if (after === undefined || before === undefined) return undefined;
  return { commands: after.commands - before.commands, bytes: after.bytes - before.bytes };
}

function total(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + cpuSeconds(pid), 0);
}
