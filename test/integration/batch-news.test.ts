import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import type { Redis } from "ioredis";
import { z } from "zod";
import { resultLine, succeededLines } from "../../shared/batch/lines.ts";
import { ResultFolder } from "../../shared/batch/result-folder.ts";
import type { NewBatch } from "../../shared/batch/record.ts";
import { createLogger } from "../../shared/log.ts";
import { announceBatch } from "../../shared/batch/news.ts";
import { sweepBatch } from "../../shared/batch/sweep.ts";
import { appendChunk, createBatch, moveBatch, type BatchMove } from "../../shared/batch/batches.ts";
import type { ReadChunk } from "../../shared/batch/chunks.ts";
import { readDelivery } from "../../shared/webhook/delivery-log.ts";
import type { Lane } from "../../shared/lane.ts";
import { Shifts } from "../../shared/lane/shifts.ts";
import { keys } from "../support/redis-keys.ts";
import { bodyOf } from "../../worker/courier/bodies.ts";
import { batchQuota, newBatch, packedTexts } from "../support/batches.ts";
import { ChunkHand } from "../support/chunks.ts";
import { TestRedis } from "../support/redis.ts";

const lane: Lane = { model: "m@1", class: "bulk" };
const noFolder = new ResultFolder(undefined, createLogger("test", "silent"));
const texts = ["a", "b", "c", "d", "e"];
const firstWithOneBad = ["succeeded", "failed", "succeeded", "succeeded", "succeeded"] as const;
const allGood = texts.map(() => "succeeded" as const);

const resultsEvent = z.object({
  data: z.object({
    attempt: z.number(),
    items: z.number(),
    results: z.array(z.object({ index: z.number(), attempt: z.number().optional() })),
  }),
});

describe("events with results of a batch", () => {
  let server: TestRedis;
  let redis: Redis;
  let batch: NewBatch;
  before(async () => {
    server = await TestRedis.start();
    redis = server.client();
  });
  after(async () => server[Symbol.asyncDispose]());
  beforeEach(async () => {
    await redis.flushall();
    batch = newBatch(lane, { webhook: "url_0 R a http://127.0.0.1:9/" });
    await launch();
  });

  const name = (number: number): string => `${batch.id}/${number}`;
  const move = async (word: BatchMove): Promise<void> => {
    const { id } = batch;
    const asked = { id, tenant: "default", move: word, token: "t", tenantBatches: 10, attempt: 1 };
    assert.equal(await moveBatch(redis, asked), "done");
    await sweepBatch(id, { redis, shifts: new Shifts(redis) });
  };
  const launch = async (): Promise<void> => {
    await createBatch(redis, batch, 10);
    for (const number of [0, 1]) {
      const place = { number, firstIndex: number * texts.length, items: texts.length };
      const whose = { batch: batch.id, lane, tenant: "default" };
      const packed = { packed: packedTexts(texts), hasCustomIds: true };
      await appendChunk(redis, { ...whose, ...place, ...packed }, batchQuota);
    }
    await move("close");
  };
  const hand = (number: number): ChunkHand => new ChunkHand(redis, lane, name(number));
  const take = async (number: number): Promise<ReadChunk> => {
    const chunk = await hand(number).take();
    assert.ok(chunk !== undefined);
    return chunk;
  };
  const settle = async (
    number: number,
    statuses: readonly ("succeeded" | "failed")[],
    attempt = 1,
  ): Promise<void> => {
    const kept = succeededLines((await redis.get(keys.chunkLines(name(number)))) ?? "");
    const lines = statuses.map((status, i) => {
      const index = number * texts.length + i;
      const place = { index, customId: `c${i}`, attempt };
      return kept.get(index) ?? resultLine(place, { status, body: `"${i}"`, metrics: undefined });
    });
    const succeeded = statuses.filter((status) => status === "succeeded").length;
    assert.equal(await hand(number).settle(lines.join(""), succeeded, attempt), "settled");
  };
  const resultsOf = async (event: string) => {
    const delivery = await readDelivery(redis, `evt_${batch.id.slice(4)}_${event}`);
    assert.ok(delivery !== undefined);
    const body = await bodyOf({ redis, folder: noFolder }, delivery);
    assert.ok("text" in body);
    const { data } = resultsEvent.parse(JSON.parse(body.text));
    assert.deepEqual([data.attempt, data.items], [delivery.attempt, data.results.length]);
    return data.results;
  };
  const indexes = async (event: string): Promise<readonly number[]> =>
    (await resultsOf(event)).map(({ index }) => index);

  it("after a retry hold what ended anew, however late they are sent", async () => {
    await take(0);
    await settle(0, firstWithOneBad);
    await take(1);
    await settle(1, allGood);
    await announceBatch(redis, batch.id);
    const first = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
    assert.deepEqual(await indexes("1R"), first);
    await sweepBatch(batch.id, { redis, shifts: new Shifts(redis) });
    await move("retry");
    const chunk = await take(0);
    assert.equal(chunk.batchAttempt, 2);
    assert.deepEqual(await indexes("1R"), first, "while it is run again");
    await settle(0, allGood, 2);
    await announceBatch(redis, batch.id);
    assert.deepEqual(await indexes("2R"), [1]);
    assert.deepEqual(await indexes("1R"), [0, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it("tell after a retry what nobody was told before it", async () => {
    await take(0);
    await settle(0, firstWithOneBad);
    await move("cancel");
    await sweepBatch(batch.id, { redis, shifts: new Shifts(redis) });
    await move("retry");
    await take(0);
    await settle(0, allGood, 2);
    await move("cancel");
    await announceBatch(redis, batch.id);
    const attempts = (await resultsOf("1R")).map(({ attempt = 1 }) => attempt);
    assert.deepEqual(attempts, [1, 2, 1, 1, 1, 2, 2, 2, 2, 2]);
  });

  it("tell of a chunk larger than an event once, while the batch goes on", async () => {
    await take(0);
    await settle(0, allGood);
    // As if it had more items than an event takes.
    await redis.hset(keys.pack(name(0)), "n", 700);
    for (let i = 0; i < 2; i += 1) await announceBatch(redis, batch.id);
    assert.equal(await redis.zcard(keys.target("url_0")), 2);
  });
});
