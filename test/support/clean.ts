import assert from "node:assert/strict";
import type { Redis } from "ioredis";
import type { Lane } from "../../shared/lane.ts";
import { keys } from "./redis-keys.ts";
import { until } from "./until.ts";

/** Nothing is left of a lane's work when all of it has ended, and no worker has any. */
export async function assertClean(redis: Redis, lane: Lane): Promise<void> {
  const counts = await Promise.all([
    redis.zcard(keys.outstanding(lane)),
    redis.llen(keys.load(lane)),
    redis.llen(keys.ready(lane)),
    redis.zcard(keys.due),
  ]);
  assert.deepEqual(counts, [0, 0, 0, 0], "outstanding, load, ready, due");
  await until("no run has anything", async () => (await redis.keys(keys.taken("*"))).length === 0);
}
