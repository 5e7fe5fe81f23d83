import type { Redis } from "ioredis";

/** Commands that Redis carries out for some work, those inside scripts included, by name. */
export async function commandsOf(
  redis: Redis,
  work: () => Promise<unknown>,
): Promise<Map<string, number>> {
  await redis.config("RESETSTAT");
  await work();
  const counts = new Map<string, number>();
  for (const line of (await redis.info("commandstats")).split("\r\n")) {
    const [, name, calls] = /^cmdstat_([^:]+):calls=(\d+)/.exec(line) ?? [];
    if (name !== undefined && !/^(?:config|info)/.test(name)) counts.set(name, Number(calls));
  }
  return counts;
}
