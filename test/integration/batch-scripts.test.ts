import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import type { Redis } from "ioredis";
import { resultLine } from "../../shared/batch/lines.ts";
import { ResultFolder } from "../../shared/batch/result-folder.ts";
import type { BatchView } from "../../shared/batch/fields.ts";
import type { BatchCounts, NewBatch } from "../../shared/batch/record.ts";
import { createLogger } from "../../shared/log.ts";
import { announceBatch } from "../../shared/batch/news.ts";
import { readChunks } from "../../shared/batch/chunk-results.ts";
import { sweepBatch, tendBatches } from "../../shared/batch/sweep.ts";
import {
  appendChunk,
  createBatch,
  moveBatch,
  readBatches,
  type AppendVerdict,
  type BatchMove,
  type MoveVerdict,
} from "../../shared/batch/batches.ts";
import type { ChunkVerdict } from "../../shared/batch/chunk.ts";
import { isChunkHeld, noteExclusiveRunsOf } from "../../shared/batch/chunks.ts";
import type { Lane } from "../../shared/lane.ts";
import { Shifts } from "../../shared/lane/shifts.ts";
import { keys } from "../support/redis-keys.ts";
import { atTime } from "../../shared/redis/script.ts";
import { batchQuota, newBatch, packedTexts } from "../support/batches.ts";
import { ChunkHand } from "../support/chunks.ts";
import { TestRedis } from "../support/redis.ts";
import { runTwice } from "../support/run-twice.ts";

const lane: Lane = { model: "m@1", class: "bulk" };
const noFolder = new ResultFolder(undefined, createLogger("test", "silent"));
const texts = ["a", "b", "c", "d", "e"];

describe("the scripts of a batch", () => {
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
    batch = newBatch(lane);
  });

  const services = () => ({ redis, shifts: new Shifts(redis) });
  const sweep = async (): Promise<void> => sweepBatch(batch.id, services());
  const create = async () => createBatch(redis, batch, 10);
  const append = async (number: number, quota = batchQuota): Promise<AppendVerdict> =>
    appendChunk(
      redis,
      {
        batch: batch.id,
        lane,
        number,
        firstIndex: number * texts.length,
        items: texts.length,
        packed: packedTexts(texts),
        hasCustomIds: true,
      },
      quota,
    );
  const move = async (name: BatchMove, attempt = 1, client = redis): Promise<MoveVerdict> =>
    moveBatch(client, {
      id: batch.id,
      tenant: "default",
      move: name,
      tenantBatches: 10,
      attempt,
      token: `retry-${attempt}`,
    });
  const name = (number: number): string => `${batch.id}/${number}`;
  const hand = (number: number): ChunkHand => new ChunkHand(redis, lane, name(number));
  const take = async (number: number, run?: string) => hand(number).take(run);
  const shifts = async (): Promise<number> => redis.llen(`${keys.shiftPrefix}:m@1.bulk:wait`);
  const settle = async (
    number: number,
    statuses: readonly ("succeeded" | "failed")[],
    attempt = 1,
    run = "r1",
  ): Promise<ChunkVerdict> => {
    const lines = statuses.map((status, i) =>
      resultLine(
        { index: number * texts.length + i, customId: `c${i}` },
        { status, body: `"${i}"`, metrics: undefined },
      ),
    );
    const succeeded = statuses.filter((status) => status === "succeeded").length;
    return hand(number).settle(lines.join(""), succeeded, attempt, run);
  };
  const all = (status: "succeeded" | "failed") => texts.map(() => status);
  const read = async (): Promise<BatchView> => {
    const [view] = await readBatches(redis, "g", [batch.id]);
    assert.ok(view !== undefined && view !== "deleted");
    return view;
  };
  const counts = async (): Promise<Partial<BatchCounts>> => {
    const { counts: now } = await read();
    assert.equal(
      now.total,
      now.queued + now.running + now.succeeded + now.failed + now.canceled + now.expired,
    );
    return Object.fromEntries(Object.entries(now).filter(([, count]) => count !== 0));
  };
  const launched = async (chunks = 2): Promise<void> => {
    await create();
    for (let number = 0; number < chunks; number += 1) await append(number);
    await move("close");
    await sweep();
  };

  it("create, append, close, launch: twice is once", async () => {
    await runTwice(redis, create);
    await runTwice(redis, async () => append(0));
    await runTwice(redis, async () => append(1));
    assert.deepEqual(await append(3), { kind: "out_of_place", received: 10, isToArm: false });
    assert.deepEqual(await counts(), { total: 10, queued: 10 });
    assert.equal(await redis.llen(keys.load(lane)), 0, "nothing is to be scored yet");
    await runTwice(redis, async () => move("close"));
    assert.deepEqual(await append(2), { kind: "closed", received: 10, isToArm: false });
    await sweep();
    assert.equal(await redis.llen(keys.load(lane)), 10);
    assert.deepEqual(await redis.zrange(keys.outstanding(lane), "0", "-1"), [name(0), name(1)]);
    assert.deepEqual(await redis.lrange(keys.ready(lane), 0, -1), [name(0), name(1)]);
    assert.equal(await shifts(), 1, "one worker is to be woken");
    assert.deepEqual(await redis.hmget(keys.flow(lane), "sh", "na"), ["1", "2"]);
  });

  it("refuses what would be too much, and stores nothing of it", async () => {
    await create();
    assert.equal((await append(0, { ...batchQuota, items: 4 })).kind, "too_many");
    const bytes = { laneBytes: 10, tenantBytes: 1000 };
    assert.equal((await append(0, { ...batchQuota, bytes })).kind, "bytes_full");
    assert.equal(await redis.exists(keys.pack(name(0)), keys.chunkItems(name(0))), 0);
    assert.equal((await createBatch(redis, newBatch(lane), 1)).kind, "tenant_full");
    assert.equal(await move("close"), "empty");
  });

  it("take, release, take, settle: twice is once, and the counts always add up", async () => {
    await launched();
    await runTwice(redis, async () => take(0));
    assert.deepEqual(await counts(), { total: 10, queued: 5, running: 5 });
    const held = { name: name(0), run: "r1" };
    await runTwice(redis, async () => noteExclusiveRunsOf(redis, held, 3, 2));
    assert.equal(await isChunkHeld(redis, held), true);
    await runTwice(redis, async () => hand(0).giveBack("released"));
    assert.deepEqual(await counts(), { total: 10, queued: 10 });
    const again = await take(0, "r2");
    assert.deepEqual(again?.exclusiveRuns, new Map([[3, 2]]));
    assert.deepEqual([again?.attempt, again?.deaths], [1, 0], "a release costs no attempt");
    const mixed = ["succeeded", "failed", "succeeded", "failed", "succeeded"] as const;
    await runTwice(redis, async () => settle(0, mixed, 1, "r2"));
    assert.deepEqual(await counts(), { total: 10, queued: 5, succeeded: 3, failed: 2 });
    assert.equal(await redis.llen(keys.load(lane)), 5);
    assert.equal(await take(0, "r3"), undefined);
    assert.equal((await take(1))?.attempt, 1);
    assert.equal(await take(1, "r2"), undefined, "another run has it");
    await runTwice(redis, async () => hand(1).giveBack("lost"));
    const retaken = await take(1, "r2");
    assert.deepEqual([retaken?.attempt, retaken?.deaths], [2, 1]);
    assert.deepEqual(await counts(), { total: 10, running: 5, succeeded: 3, failed: 2 });
    assert.equal(await settle(1, all("succeeded"), 1), "late");
    assert.equal(await settle(1, all("succeeded"), 2), "late", "it is another run's");
    assert.equal((await read()).status, "in_progress");
    await runTwice(redis, async () => settle(1, all("succeeded"), 2, "r2"));
    assert.equal((await read()).status, "completed");
    await sweep();
    for (const key of await redis.keys("*:pack:*")) assert.ok((await redis.ttl(key)) > 80_000, key);
    assert.equal(
      await redis.exists(keys.chunkItems(name(1))),
      0,
      "no input is kept of what succeeded",
    );
    for (const count of ["bytes", "batches"]) {
      assert.equal(await redis.get(keys.tenant(`default:${count}`)), "0", count);
    }
    assert.equal(await redis.exists(keys.tenant("default:jobs")), 0);
    assert.deepEqual(await redis.hmget(keys.flow(lane), "bytes", "na", "no"), ["0", "2", "2"]);
    assert.equal(await redis.exists(keys.outstanding(lane), keys.load(lane), keys.batchWork), 0);
  });

  it("retry runs again what did not succeed, and only that", async () => {
    await launched();
    await take(0);
    await settle(0, ["succeeded", "failed", "succeeded", "failed", "succeeded"]);
    await take(1);
    await settle(1, all("succeeded"));
    await sweep();
    await runTwice(redis, async () => move("retry"));
    await sweep();
    assert.deepEqual(await counts(), { total: 10, queued: 2, succeeded: 8 });
    assert.equal(await redis.llen(keys.load(lane)), 2);
    assert.deepEqual(await hand(0).size(), [2, 0]);
    assert.deepEqual(await redis.lrange(keys.ready(lane), 0, -1), [name(0)]);
    const chunk = await take(0, "r3");
    assert.equal(chunk?.attempt, 2);
    assert.equal(chunk?.earlier.split("\n").length, 6);
    await settle(0, all("succeeded"), 2, "r3");
    assert.deepEqual(await counts(), { total: 10, succeeded: 10 });
    assert.equal((await read()).status, "completed");
    assert.equal(await move("retry", 2), "not_retryable");
  });

  it("cancel ends what has not ended, queued or running, and its results say so", async () => {
    await launched(3);
    await take(0);
    await settle(0, ["succeeded", "failed", "succeeded", "failed", "succeeded"]);
    await take(1);
    await runTwice(redis, async () => move("cancel"));
    assert.equal((await read()).status, "canceling");
    assert.equal(await take(2), undefined);
    await sweep();
    assert.equal((await read()).status, "canceled");
    assert.deepEqual(await counts(), { total: 15, succeeded: 3, failed: 2, canceled: 10 });
    assert.equal(await settle(1, all("succeeded")), "late");
    const left = await redis.exists(keys.outstanding(lane), keys.load(lane), keys.ready(lane));
    assert.equal(left, 0);
    assert.deepEqual(await redis.hmget(keys.flow(lane), "running", "na", "no"), ["0", "3", "3"]);
    const [, , last] = await readChunks(redis, batch.id, [0, 1, 2], noFolder);
    assert.match(
      last?.lines?.[4] ?? "",
      /^\{"index":14,"custom_id":"c4","status":"canceled","error":/,
    );
    await move("retry");
    await sweep();
    assert.deepEqual(await counts(), { total: 15, queued: 12, succeeded: 3 });
  });

  it("announce tells of what ended and of progress, once", async () => {
    batch = newBatch(lane, { webhook: "url_0 PRB a http://127.0.0.1:9/" });
    await launched(130);
    for (let number = 0; number < 120; number += 1) {
      await take(number);
      await settle(number, all("succeeded"));
    }
    const client = atTime(redis, Date.now());
    await runTwice(redis, async () => announceBatch(client, batch.id));
    const told = async (): Promise<readonly string[]> =>
      (await redis.zrange(keys.target("url_0"), "0", "-1")).map((id) => id.slice(31)).toSorted();
    assert.deepEqual(await told(), ["1R", "2P"], "500 items of 600 fill an event");
    for (let number = 120; number < 130; number += 1) {
      await take(number);
      await settle(number, all("succeeded"));
    }
    await runTwice(redis, async () => announceBatch(client, batch.id));
    assert.deepEqual(await told(), ["1B", "1R", "2P", "3R"]);
    assert.equal(await redis.exists(keys.batchNews), 0);
    assert.ok((await redis.ttl(keys.batch(batch.id))) > 300_000, "kept for its deliveries");
  });

  it("ends early when more items failed than max_failed", async () => {
    batch = newBatch(lane, { limits: { ...batch.limits, maxFailed: 4 } });
    await launched(3);
    await take(0);
    await settle(0, all("failed"));
    await tendBatches(services());
    assert.equal((await read()).status, "failed");
    assert.match((await read()).error ?? "", /too_many_failed/);
    assert.deepEqual(await counts(), { total: 15, failed: 5, canceled: 10 });
  });

  it("expires when its window is over, uploaded or not", async () => {
    await createBatch(atTime(redis, Date.now() - 86_400_001), batch, 10);
    await append(0);
    await tendBatches(services());
    assert.equal((await read()).status, "expired");
    assert.deepEqual(await counts(), { total: 5, expired: 5 });
  });

  it("erase leaves a tombstone and nothing else", async () => {
    await launched();
    assert.equal(await move("erase"), "not_ended");
    await move("cancel");
    await sweep();
    await runTwice(redis, async () => move("erase"));
    await sweep();
    assert.deepEqual(await readBatches(redis, "g", [batch.id]), ["deleted"]);
    assert.deepEqual(await redis.keys("*:pack:*"), []);
    assert.equal(await redis.exists(keys.batchWork, keys.batchDone(batch.id)), 0);
  });

  it("is finished by the courier when nobody sweeps", async () => {
    await create();
    for (let number = 0; number < 150; number += 1) await append(number);
    await move("close", 1, atTime(redis, Date.now() - 6000));
    assert.equal(await redis.llen(keys.load(lane)), 0);
    await tendBatches(services());
    assert.equal(await redis.llen(keys.load(lane)), 750);
    assert.equal(await redis.llen(keys.ready(lane)), 150);
    assert.equal(await shifts(), 1);
  });
});
