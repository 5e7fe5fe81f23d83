import type { Redis } from "ioredis";

/** What a Redis has done since it began. */
export interface RedisCounts {
  /** Commands, those inside scripts included, without those that asked for the counts. */
  readonly commands: number;
  /** Bytes that came over the network, and that left. */
  readonly bytes: number;
}

export async function redisCounts(redis: Redis): Promise<RedisCounts> {
  const [stats, commands] = [await redis.info("stats"), await redis.info("commandstats")];
  let count = 0;
  for (const [, name = "", calls] of commands.matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm)) {
    if (name !== "info") count += Number(calls);
  }
  const total = (name: string): number =>
    Number(new RegExp(`^total_net_${name}_bytes:(\\d+)`, "m").exec(stats)?.[1]);
  return { commands: count, bytes: total("input") + total("output") };
}

/** Bytes of memory in use for data, and whatever Redis needs besides. */
export async function usedMemory(redis: Redis): Promise<number> {
  return Number(/^used_memory:(\d+)/m.exec(await redis.info("memory"))?.[1]);
}
