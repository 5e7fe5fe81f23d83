import assert from "node:assert/strict";
import type { Redis } from "ioredis";
import { dump } from "./dump.ts";

/** Runs a script twice: the first time must change something, and the second nothing. */
export async function runTwice(redis: Redis, run: () => Promise<unknown>): Promise<void> {
  const before = await dump(redis);
  await run();
  const once = await dump(redis);
  assert.notDeepEqual(once, before, "the first run does something");
  await run();
  assert.deepEqual(await dump(redis), once);
}
