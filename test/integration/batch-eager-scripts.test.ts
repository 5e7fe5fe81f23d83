import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import type { Redis } from "ioredis";
import {
  appendChunk,
  createBatch,
  moveBatch,
  readBatches,
  type BatchMove,
} from "../../shared/batch/batches.ts";
import type { NewBatch } from "../../shared/batch/record.ts";
import { sweepBatch } from "../../shared/batch/sweep.ts";
import type { Lane } from "../../shared/lane.ts";
import { Shifts } from "../../shared/lane/shifts.ts";
import { batchQuota, newBatch, packedTexts } from "../support/batches.ts";
import { ChunkHand } from "../support/chunks.ts";
import { keys } from "../support/redis-keys.ts";
import { TestRedis } from "../support/redis.ts";
import { runTwice } from "../support/run-twice.ts";

const lane: Lane = { model: "m@1", class: "bulk" };
const texts = ["a", "b", "c", "d", "e"];

describe("the scripts of an eager batch", () => {
  let server: TestRedis;
  let redis: Redis;
  let batch: NewBatch;
  before(async () => {
    server = await TestRedis.start();
    redis = server.client();
  });
  after(async () => server[Symbol.asyncDispose]());
  beforeEach(async () => redis.flushall());

  const name = (number: number): string => `${batch.id}/${number}`;
  const create = async (maxFailed?: number): Promise<void> => {
    const { limits } = newBatch(lane);
    batch = newBatch(lane, { isEager: true, limits: { ...limits, maxFailed } });
    await createBatch(redis, batch, 10);
  };
  const append = async (number: number) => {
    const place = { batch: batch.id, lane, tenant: "default", number };
    const items = { firstIndex: number * texts.length, items: texts.length };
    const packed = { packed: packedTexts(texts), hasCustomIds: true };
    return appendChunk(redis, { ...place, ...items, ...packed }, batchQuota);
  };
  const move = async (to: BatchMove) =>
    moveBatch(redis, { id: batch.id, tenant: "default", move: to, tenantBatches: 10 });
  const sweep = async () => sweepBatch(batch.id, { redis, shifts: new Shifts(redis) });
  const take = async (number: number) => new ChunkHand(redis, lane, name(number)).take();
  const settle = async (number: number, succeeded: number) =>
    new ChunkHand(redis, lane, name(number)).settle("line\n".repeat(texts.length), succeeded);
  /** Status, and the counts that are not 0. */
  const read = async () => {
    const [view] = await readBatches(redis, "g", [batch.id]);
    assert.ok(view !== undefined && view !== "deleted");
    const counts = Object.entries(view.counts).filter(([, count]) => count !== 0);
    return [view.status, Object.fromEntries(counts)];
  };

  it("queue at once what it gets, and nothing again when it is closed", async () => {
    await create();
    await runTwice(redis, async () => append(0));
    assert.equal((await append(1)).isToArm, false, "who appended the first is to arm the lane");
    assert.deepEqual(await redis.lrange(keys.ready(lane), 0, -1), [name(0), name(1)]);
    assert.equal(await redis.llen(keys.load(lane)), 10);
    assert.deepEqual(await redis.hmget(keys.flow(lane), "sh", "na"), ["1", "2"]);
    await redis.lpop(keys.ready(lane));
    await runTwice(redis, async () => take(0));
    await runTwice(redis, async () => settle(0, 5));
    assert.deepEqual(await read(), ["validating", { total: 10, queued: 5, succeeded: 5 }]);
    await runTwice(redis, async () => move("close"));
    await sweep();
    assert.deepEqual(await redis.lrange(keys.ready(lane), 0, -1), [name(1)]);
    assert.equal(await redis.llen(keys.load(lane)), 5);
    await take(1);
    await settle(1, 5);
    assert.deepEqual(await read(), ["completed", { total: 10, succeeded: 10 }]);
  });

  it("end it when it is closed and nothing is left to do", async () => {
    await create();
    await append(0);
    await take(0);
    await settle(0, 0);
    assert.deepEqual(await read(), ["validating", { total: 5, failed: 5 }]);
    await move("close");
    await sweep();
    assert.deepEqual(await read(), ["completed", { total: 5, failed: 5 }]);
  });

  it("end it early when more items failed than may, and take no more", async () => {
    await create(4);
    await append(0);
    await append(1);
    await take(0);
    await settle(0, 0);
    assert.equal((await read())[0], "canceling");
    assert.equal((await append(2)).kind, "closed");
    await sweep();
    assert.deepEqual(await read(), ["failed", { total: 10, failed: 5, canceled: 5 }]);
    assert.equal(await redis.llen(keys.load(lane)), 0);
  });
});
