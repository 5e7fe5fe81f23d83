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

/** What some work costs Redis. */
export interface Cost {
  /** Those inside scripts included. */
  readonly commands: number;
  /** Those of the commands that call a script. */
  readonly scripts: number;
  /** To and from it. */
  readonly bytes: number;
}

/** What some work costs, without what it costs to ask. */
export async function costOf(redis: Redis, work: () => Promise<unknown>): Promise<Cost> {
  let bytes = 0;
  const counts = await commandsOf(redis, async () => {
    const begin = await traffic(redis);
    await work();
    const end = await traffic(redis);
    bytes = end.bytes - begin.bytes - begin.ownBytes;
  });
  counts.delete("ping");
  return {
    commands: [...counts.values()].reduce((sum, count) => sum + count, 0),
    scripts: (counts.get("evalsha") ?? 0) + (counts.get("eval") ?? 0),
    bytes,
  };
}

/** What has come and gone, and what asking costs until it is asked again. */
async function traffic(
  redis: Redis,
): Promise<{ readonly bytes: number; readonly ownBytes: number }> {
  const stats = await redis.info("stats");
  const of = (name: string): number => Number(new RegExp(`${name}:(\\d+)`).exec(stats)?.[1]);
  const replyBytes = `$${stats.length}\r\n${stats}\r\n`.length;
  return {
    bytes: of("total_net_input_bytes") + of("total_net_output_bytes"),
    ownBytes: "*2\r\n$4\r\ninfo\r\n$5\r\nstats\r\n".length + replyBytes,
  };
}
