import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import * as fc from "fast-check";
import type { Redis } from "ioredis";
import { compare } from "../support/pack-snapshot.ts";
import { steps, type Step } from "../support/pack-steps.ts";
import { PackWalk } from "../support/pack-walk.ts";
import { lanes } from "../support/model-pack.ts";
import { keys } from "../support/redis-keys.ts";
import { TestRedis } from "../support/redis.ts";

/** Others in each run. */
const HISTORIES = Number(process.env["HISTORIES"] ?? 5_000);
/** Walks at a time, each in a database of its own: one alone mostly waits for Redis. */
const WALKS = 8;

/** Where packs stand until they have ended. */
const PLACES = [
  keys.due,
  ...lanes.flatMap((lane) => [keys.outstanding(lane), keys.load(lane), keys.ready(lane)]),
];

describe("packs", () => {
  let server: TestRedis;
  before(async () => {
    server = await TestRedis.start();
  });
  after(async () => server[Symbol.asyncDispose]());

  it(`do what a plain model of them says, through ${HISTORIES} random histories`, async (t) => {
    const seed = Number(process.env["SEED"] ?? Date.now() % 2 ** 31);
    t.diagnostic(`SEED=${seed}`);
    await Promise.all(
      Array.from({ length: WALKS }, async (_, db) => {
        const redis = server.client(db);
        const property = fc.asyncProperty(steps, async (moves) => walk(redis, moves));
        await fc.assert(property, { numRuns: HISTORIES / WALKS, seed: seed + db });
      }),
    );
  });
});

async function walk(redis: Redis, moves: readonly Step[]): Promise<void> {
  await redis.flushdb();
  const walker = new PackWalk(redis);
  for (const move of moves) await walker.take(move);
  await compare(redis, walker.ground);
  await walker.finish();
  await compare(redis, walker.ground);
  assert.equal(await redis.exists(...PLACES), 0, "nothing is left to do");
}
