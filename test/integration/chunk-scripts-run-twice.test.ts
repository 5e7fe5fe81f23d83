import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import type { Redis } from "ioredis";
import { claimLines, isChunkHeld, noteExclusiveRunsOf } from "../../shared/batch/chunks.ts";
import type { Lane } from "../../shared/lane.ts";
import { ChunkHand } from "../support/chunks.ts";
import { keys } from "../support/redis-keys.ts";
import { queueBatch, rowItem } from "../support/queued-batch.ts";
import { TestRedis } from "../support/redis.ts";
import { runTwice } from "../support/run-twice.ts";

const lane: Lane = { model: "m@1", class: "bulk" };

describe("what a run does twice with a chunk, with the same arguments", () => {
  let server: TestRedis;
  let redis: Redis;
  let chunk = "";
  let hand: ChunkHand;
  before(async () => {
    server = await TestRedis.start();
    redis = server.client();
  });
  after(async () => server[Symbol.asyncDispose]());
  beforeEach(async () => {
    await redis.flushall();
    const items = [rowItem("a"), rowItem("b", "second")];
    chunk = `${await queueBatch(redis, lane, [items, items])}/1`;
    hand = new ChunkHand(redis, lane, chunk);
  });

  const ready = async (): Promise<string[]> => redis.lrange(keys.ready(lane), 0, -1);
  const first = (): string => chunk.replace(/1$/, "0");

  it("takes it once, and another run does not get it", async () => {
    assert.deepEqual(await hand.size(), [2, 0]);
    await runTwice(redis, async () => hand.take("r1", 7));
    const found = await hand.take("r1", 7);
    assert.deepEqual([found?.attempt, found?.firstIndex, found?.count], [1, 2, 2]);
    assert.deepEqual(
      found?.items?.map(({ customId }) => customId),
      [undefined, "second"],
    );
    assert.deepEqual(await hand.size(), [0, 0]);
    assert.equal(await hand.take("r2"), undefined);
    assert.equal(await isChunkHeld(redis, { name: chunk, run: "r1" }), true);
    assert.equal(await isChunkHeld(redis, { name: chunk, run: "r2" }), false);
  });

  it("passes over an entry of one that the same run has since an earlier turn", async () => {
    await hand.take("r1", 7);
    await redis.rpush(keys.ready(lane), chunk);
    assert.equal(await hand.take("r1", 8), undefined);
  });

  it("notes a run in quarantine, and takes it off", async () => {
    await hand.take();
    const held = { name: chunk, run: "r1" };
    await runTwice(redis, async () => noteExclusiveRunsOf(redis, held, 1, 2));
    assert.deepEqual((await hand.take())?.exclusiveRuns, new Map([[1, 2]]));
    await noteExclusiveRunsOf(redis, { ...held, run: "another" }, 1, 3);
    await runTwice(redis, async () => noteExclusiveRunsOf(redis, held, 1, 0));
    assert.deepEqual((await hand.take())?.exclusiveRuns, new Map());
  });

  it("hands it back, at no cost of an attempt", async () => {
    await hand.take();
    await runTwice(redis, async () => hand.giveBack("released"));
    assert.deepEqual(await ready(), [chunk, first()]);
    assert.equal((await hand.take("r2"))?.attempt, 1);
  });

  it("queues it again when its worker was lost, at the cost of an attempt", async () => {
    await hand.take();
    await runTwice(redis, async () => hand.giveBack("lost"));
    const [batch = ""] = chunk.split("/");
    assert.equal(await redis.hget(keys.batch(batch), "rn"), "0");
    assert.equal(await redis.hget(keys.flow(lane), "running"), "0");
    assert.deepEqual(await hand.size(), [2, 1]);
    assert.equal((await hand.take("r2"))?.attempt, 2);
  });

  it("ends it, and only for the attempt that counts", async () => {
    await hand.take("r1");
    await hand.giveBack("lost", "r1");
    await hand.take("r2");
    assert.equal(await hand.settle("a\nb\n", 1, 1, "r1"), "late");
    await runTwice(redis, async () => hand.settle("a\nb\n", 1, 2, "r2"));
    assert.equal(await hand.settle("a\nb\n", 1, 2, "r2"), "settled", "it was, by this attempt");
    assert.equal(await hand.take("r3"), undefined);
    const [batch = ""] = chunk.split("/");
    assert.deepEqual(await redis.hmget(keys.batch(batch), "ok", "ko", "rn"), ["1", "1", "0"]);
    assert.equal(await redis.llen(keys.load(lane)), 2, "the other chunk's");
  });

  it("puts long lines into Redis first, and confirms them by the settle", async () => {
    await hand.take();
    const lines = `${"a".repeat(300_000)}\nb\n`;
    const settle = { pack: chunk, attempt: 1, lines, succeeded: 2 };
    const claimed = await claimLines(redis, settle);
    assert.equal(claimed.lines, "");
    assert.equal(await redis.exists(keys.chunkLines(chunk)), 0);
    assert.ok((await redis.ttl(keys.claimedLines(chunk, 1))) > 0);
    await runTwice(redis, async () => hand.settle(claimed.lines, claimed.succeeded));
    assert.equal(await redis.get(keys.chunkLines(chunk)), lines);
    assert.equal(await redis.exists(keys.claimedLines(chunk, 1)), 0);
    const short = { ...settle, lines: "a\nb\n" };
    assert.deepEqual(await claimLines(redis, short), short);
  });

  it("runs it again when its long lines are gone", async () => {
    await hand.take();
    await runTwice(redis, async () => hand.settle("", 2));
    assert.deepEqual(await ready(), [chunk, first()]);
    assert.equal((await hand.take("r2"))?.attempt, 1);
  });

  it("takes long lines away with a settle that is late", async () => {
    await hand.take();
    await redis.set(keys.claimedLines(chunk, 1), "a\nb\n");
    await hand.giveBack("lost");
    assert.equal(await hand.settle("", 2), "late");
    assert.equal(await redis.exists(keys.claimedLines(chunk, 1)), 0);
  });

  it("takes long lines away with the settle of one whose batch has been erased", async () => {
    await hand.take();
    const [batch = ""] = chunk.split("/");
    await redis.hset(keys.batch(batch), "s", "deleted");
    await redis.del(keys.pack(chunk));
    // Its worker had not heard of it.
    await redis.set(keys.claimedLines(chunk, 1), "a\nb\n", "EX", 600);
    await runTwice(redis, async () => hand.settle("", 2));
    assert.equal(await redis.exists(keys.claimedLines(chunk, 1)), 0);
  });

  it("gives it up after six lost workers, those that one item ended not counted", async () => {
    for (let deaths = 0; deaths < 6; deaths += 1) {
      assert.equal((await hand.take())?.isExhausted, false, `${deaths} deaths`);
      if (deaths === 5) await noteExclusiveRunsOf(redis, { name: chunk, run: "r1" }, 0, 1);
      await hand.giveBack("lost");
    }
    assert.equal((await hand.take())?.isExhausted, false);
    await hand.giveBack("lost");
    assert.equal((await hand.take())?.isExhausted, true);
  });

  it("says what rows of the lane take and put out", async () => {
    await hand.take();
    await redis.hset(keys.pack(chunk), "sa", Date.now() - 3000);
    await hand.settle("a\nb\n", 2);
    const [ms, bytes] = await redis.hmget(keys.flow(lane), "rm", "rb");
    assert.ok(Number(ms) >= 1500, `${ms} ms a row`);
    assert.equal(Number(bytes), 2);
  });
});
