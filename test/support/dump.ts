import type { Redis } from "ioredis";
import { keys } from "./redis-keys.ts";

const BULL = [keys.shiftPrefix];

/** Everything of ours that a database holds, in an order of its own, to compare with a later look. */
export async function dump(redis: Redis): Promise<Record<string, unknown>> {
  const all = await redis.keys("*");
  const names = all.filter((name) => !BULL.some((prefix) => name.startsWith(prefix))).toSorted();
  const entries = names.map(async (name): Promise<[string, unknown]> => {
    const ttl = (await redis.pttl(name)) >= 0 ? "expires" : "stays";
    return [`${name} (${ttl})`, await valueOf(redis, name)];
  });
  return Object.fromEntries(await Promise.all(entries));
}

async function valueOf(redis: Redis, name: string): Promise<unknown> {
  switch (await redis.type(name)) {
    case "hash":
      return redis.hgetall(name);
    case "list":
      return redis.lrange(name, "0", "-1");
    case "set":
      return (await redis.smembers(name)).toSorted();
    case "zset":
      return redis.zrange(name, "0", "-1", "WITHSCORES");
    case "stream":
      return redis.xrange(name, "-", "+");
    default:
      return redis.get(name);
  }
}
