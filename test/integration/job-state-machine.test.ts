import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import * as fc from "fast-check";
import type { Redis } from "ioredis";
import { keys } from "../support/redis-keys.ts";
import { expectedSnapshot, readSnapshot } from "../support/job-snapshot.ts";
import { isLegal, steps, type Step } from "../support/job-steps.ts";
import { Walk } from "../support/job-walk.ts";
import { TestRedis } from "../support/redis.ts";

const SEQUENCES = 1000;
/** Walks at a time, each in a database of its own: one alone mostly waits for Redis. */
const LANES = 8;

type Status = Parameters<typeof isLegal>[0];

describe("the job state machine", () => {
  let server: TestRedis;
  before(async () => {
    server = await TestRedis.start();
  });
  after(async () => server[Symbol.asyncDispose]());

  it(`holds through ${SEQUENCES} random sequences, with every count exact`, async (t) => {
    const seed = Number(process.env["SEED"] ?? Date.now() % 2 ** 31);
    t.diagnostic(`SEED=${seed}`);
    await Promise.all(
      Array.from({ length: LANES }, async (_, db) => {
        const redis = server.client(db);
        const property = fc.asyncProperty(steps, async (moves) => walk(redis, moves));
        await fc.assert(property, { numRuns: SEQUENCES / LANES, seed: seed + db });
      }),
    );
  });
});

async function walk(redis: Redis, moves: readonly Step[]): Promise<void> {
  await redis.flushdb();
  const walker = new Walk(redis);
  let was = new Map<string, Status>();
  for (const move of moves) {
    await walker.take(move);
    const is = await statuses(redis, walker);
    for (const [id, status] of is) {
      const earlier = was.get(id) ?? "queued";
      assert.ok(isLegal(earlier, status), `${move.do}: ${earlier} to ${status}`);
    }
    was = is;
  }
  assert.deepEqual(await readSnapshot(redis), expectedSnapshot(walker.machine));
  await walker.finish();
  assert.deepEqual(await readSnapshot(redis), expectedSnapshot(walker.machine));
  const left = [
    keys.due,
    ...(await redis.keys("*:outstanding:*")),
    ...(await redis.keys("*:load:*")),
  ];
  assert.equal(await redis.exists(...left), 0, "nothing is outstanding");
}

/** As Redis has them. */
async function statuses(redis: Redis, { machine }: Walk): Promise<Map<string, Status>> {
  const ids = [...machine.courses.keys()];
  const found = await Promise.all(ids.map(async (id) => redis.hget(keys.job(id), "s")));
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return new Map(ids.map((id, i) => [id, (found[i] ?? "gone") as Status]));
}
