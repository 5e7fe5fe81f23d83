import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import type { Redis } from "ioredis";
import {
  fetchChunk,
  isChunkHeld,
  noteExclusiveRunsOf,
  releaseChunk,
  settleChunk,
  type ChunkVerdict,
  type FetchedChunk,
} from "../../shared/batch/chunks.ts";
import { laneName, type Lane } from "../../shared/lane.ts";
import { keys } from "../support/redis-keys.ts";
import { queueLost } from "../../shared/dispatch/lost.ts";
import { queueBatch, rowItem } from "../support/queued-batch.ts";
import { TestRedis } from "../support/redis.ts";
import { runTwice } from "../support/run-twice.ts";

const lane: Lane = { model: "m@1", class: "bulk" };

describe("a script of a chunk that is run twice with the same arguments", () => {
  let server: TestRedis;
  let redis: Redis;
  let chunk = "";
  before(async () => {
    server = await TestRedis.start();
    redis = server.client();
  });
  after(async () => server[Symbol.asyncDispose]());
  beforeEach(async () => {
    await redis.flushall();
    const items = [rowItem("a"), rowItem("b", "second")];
    chunk = `${await queueBatch(redis, lane, [items, items])}/1`;
  });

  const fetch = async (token: string): Promise<FetchedChunk | undefined> =>
    fetchChunk(redis, { lane, chunk, token, firstAttempt: 1 });
  const settle = async (attempt: number): Promise<ChunkVerdict> =>
    settleChunk(redis, { lane, chunk, attempt, lines: "a\nb\n", succeeded: 1 });

  it("takes it once, and counts another run as another attempt", async () => {
    await runTwice(redis, async () => fetch("t1"));
    const found = await fetch("t1");
    assert.deepEqual([found?.attempt, found?.firstIndex, found?.count], [1, 2, 2]);
    assert.deepEqual(
      found?.items?.map(({ customId }) => customId),
      [undefined, "second"],
    );
    assert.equal((await fetch("t2"))?.attempt, 2);
    assert.equal(await isChunkHeld(redis, { chunk, token: "t1" }), false);
  });

  it("notes a run in quarantine, and takes it off", async () => {
    await fetch("t1");
    await runTwice(redis, async () => noteExclusiveRunsOf(redis, { chunk, token: "t1" }, 1, 2));
    assert.deepEqual((await fetch("t1"))?.exclusiveRuns, new Map([[1, 2]]));
    await noteExclusiveRunsOf(redis, { chunk, token: "another" }, 1, 3);
    await runTwice(redis, async () => noteExclusiveRunsOf(redis, { chunk, token: "t1" }, 1, 0));
    assert.deepEqual((await fetch("t1"))?.exclusiveRuns, new Map());
  });

  it("hands it back, at no cost of an attempt", async () => {
    await fetch("t1");
    await runTwice(redis, async () => releaseChunk(redis, { lane, chunk, token: "t1" }));
    assert.equal((await fetch("t2"))?.attempt, 1);
  });

  it("queues it again when its worker was lost, at the cost of an attempt", async () => {
    await fetch("t1");
    const dispatch = { v: 1 as const, lane: laneName(lane), chunk, rows: 2 };
    await runTwice(redis, async () => queueLost(redis, dispatch));
    const [batch = ""] = chunk.split("/");
    assert.equal(await redis.hget(keys.batch(batch), "rn"), "0");
    assert.equal(await redis.hget(keys.flow(lane), "running"), "0");
    assert.equal((await fetch("t2"))?.attempt, 2);
  });

  it("ends it, and only for the attempt that counts", async () => {
    await fetch("t1");
    await fetch("t2");
    assert.equal(await settle(1), "late");
    await runTwice(redis, async () => settle(2));
    assert.equal(await settle(2), "late");
    assert.equal(await fetch("t3"), undefined);
    const [batch = ""] = chunk.split("/");
    assert.deepEqual(await redis.hmget(keys.batch(batch), "ok", "ko", "rn"), ["1", "1", "0"]);
    assert.equal(await redis.llen(keys.load(lane)), 2, "the other chunk's");
  });

  it("gives it up after six lost workers, those that one item ended not counted", async () => {
    const runs = ["t1", "t2", "t3", "t4", "t5", "t6"];
    for (const token of runs) assert.equal((await fetch(token))?.isExhausted, false, token);
    await noteExclusiveRunsOf(redis, { chunk, token: "t6" }, 0, 1);
    assert.equal((await fetch("t7"))?.isExhausted, false);
    assert.equal((await fetch("t8"))?.isExhausted, true);
  });
});
