import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import type { Redis } from "ioredis";
import { batchFields } from "../../shared/batch/fields.ts";
import { laneName, type Lane } from "../../shared/lane.ts";
import { checkLayout, LAYOUT } from "../../shared/pack/layout.ts";
import { acceptPacks, newPack } from "../support/accepted.ts";
import { testIds } from "../support/jobs.ts";
import { keys } from "../support/redis-keys.ts";
import { TestRedis } from "../support/redis.ts";

const lane: Lane = { model: "m@1", class: "interactive" };
const job = testIds.create("job", "default", Date.now());
const batch = testIds.create("bat", "default", Date.now());

describe("a role that starts", () => {
  let server: TestRedis;
  let redis: Redis;
  before(async () => {
    server = await TestRedis.start();
    redis = server.client();
  });
  after(async () => server[Symbol.asyncDispose]());
  beforeEach(async () => redis.flushall());

  it("marks an empty Redis, and goes on with its own work later", async () => {
    await checkLayout(redis);
    assert.equal(await redis.get(keys.layout), String(LAYOUT));
    await acceptPacks(redis, lane, [newPack(lane, [{}, {}])]);
    await checkLayout(redis);
  });

  it("needs no memory to start on data that is marked", async () => {
    await checkLayout(redis);
    await redis.config("SET", "maxmemory", "1mb");
    try {
      await checkLayout(redis);
      await redis.del(keys.layout);
      await checkLayout(redis);
      assert.equal(await redis.exists(keys.layout), 0, "a mark that has no room is made later");
      await redis.config("SET", "maxmemory", "0");
      await redis.set(keys.layout, 2);
      await redis.config("SET", "maxmemory", "1mb");
      await checkLayout(redis);
      assert.equal(await redis.get(keys.layout), String(LAYOUT), "an older mark is made anew");
    } finally {
      await redis.config("SET", "maxmemory", "0");
    }
  });

  it("refuses data of a later release", async () => {
    await redis.set(keys.layout, LAYOUT + 1);
    await assert.rejects(
      checkLayout(redis),
      new RegExp(`layout ${LAYOUT + 1}; this one knows ${LAYOUT}`),
    );
  });

  const unfinished: Readonly<Record<string, () => Promise<unknown>>> = {
    "jobs: 1": async () => {
      await redis.sadd(keys.lanes, laneName(lane));
      return redis.zadd(keys.outstanding(lane), 1, job);
    },
    "dispatches: 1": async () => redis.zadd(keys.undispatched, 1, "{}"),
    "batches: 1": async () => {
      await redis.hset(keys.earlierChunk(`${batch}/0`), "s", "q");
      return redis.zadd(keys.batchWork, 1, batch);
    },
  };
  for (const [what, make] of Object.entries(unfinished)) {
    it(`refuses what an earlier release has not finished, and says how to: ${what}`, async () => {
      await make();
      const told = new RegExp(`${what}.*Stop the gateways.*until nothing is left`);
      await assert.rejects(checkLayout(redis), told);
      assert.equal(await redis.exists(keys.layout), 0);
      await redis.set(keys.layout, LAYOUT);
      await assert.rejects(checkLayout(redis), told, "also when that release began again since");
    });
  }

  it("refuses what was begun in layout 2, and marks what that has finished", async () => {
    await redis.set(keys.layout, 2);
    const [pack] = [newPack(lane, [{}])];
    await acceptPacks(redis, lane, [pack]);
    await redis.zadd(keys.batchWork, 1, batch);
    await assert.rejects(checkLayout(redis), /jobs: 1, dispatches: 0, batches: 1/);
    await redis.zrem(keys.batchWork, batch);
    await assert.rejects(checkLayout(redis), /jobs: 1, dispatches: 0, batches: 0/);
    assert.equal(await redis.get(keys.layout), "2");
    await redis.zrem(keys.outstanding(lane), pack.name);
    await checkLayout(redis);
    assert.equal(await redis.get(keys.layout), String(LAYOUT));
  });

  it("refuses while results of an earlier release are on their way into their folder", async () => {
    await redis.hset(keys.earlierChunk(`${batch}/0`), "s", "s");
    await redis.zadd(keys.batchSinks, 1, batch);
    const { ends, endsSunk } = batchFields.letters;
    await redis.hset(keys.batch(batch), ends, 2, endsSunk, 1);
    await assert.rejects(checkLayout(redis), /batches: 1/);
    await redis.hset(keys.batch(batch), endsSunk, 2);
    await checkLayout(redis);
  });

  it("does not mind what has ended before and is kept for a while", async () => {
    await redis.sadd(keys.lanes, laneName(lane));
    await redis.hset(keys.job(job), "s", "succeeded");
    await redis.zadd(keys.jobs("default"), 1, job);
    await redis.hset(keys.batch(batch), "s", "completed");
    await redis.hset(keys.earlierChunk(`${batch}/0`), "s", "s");
    await checkLayout(redis);
    assert.equal(await redis.get(keys.layout), String(LAYOUT));
  });

  it("takes work of batches in packs for its own", async () => {
    await redis.sadd(keys.lanes, laneName(lane));
    await redis.zadd(keys.outstanding(lane), 1, `${batch}/0`);
    await redis.zadd(keys.batchWork, 1, batch);
    await redis.hset(keys.pack(`${batch}/0`), "s", "q");
    await checkLayout(redis);
  });
});
