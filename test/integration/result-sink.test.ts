import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rename, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import type { Redis } from "ioredis";
import { resultLine } from "../../shared/batch/lines.ts";
import { ResultFolder } from "../../shared/batch/result-folder.ts";
import { systemClock } from "../../shared/clock.ts";
import { createLogger } from "../../shared/log.ts";
import { readChunks } from "../../shared/batch/chunk-results.ts";
import {
  claimSink,
  endSinkLook,
  linesInRedis,
  placeChunk,
  sinkableChunks,
} from "../../shared/batch/sinks.ts";
import { sweepBatch } from "../../shared/batch/sweep.ts";
import { moveBatch } from "../../shared/batch/batches.ts";
import type { Lane } from "../../shared/lane.ts";
import { Shifts } from "../../shared/lane/shifts.ts";
import { keys } from "../support/redis-keys.ts";
import { atTime } from "../../shared/redis/script.ts";
import { Sinker } from "../../worker/courier/sinker.ts";
import { ChunkHand } from "../support/chunks.ts";
import { queueBatch, rowItem } from "../support/queued-batch.ts";
import { TestRedis } from "../support/redis.ts";
import { runTwice } from "../support/run-twice.ts";
import { until } from "../support/until.ts";

const lane: Lane = { model: "m@1", class: "bulk" };
const courier = "0123456789ab";
const logger = createLogger("test", "silent");

describe("results that leave Redis", () => {
  let server: TestRedis;
  let redis: Redis;
  let top: string;
  let folder: ResultFolder;
  let batch: string;
  before(async () => {
    server = await TestRedis.start();
    redis = server.client();
  });
  after(async () => server[Symbol.asyncDispose]());
  beforeEach(async () => {
    await redis.flushall();
    top = await mkdtemp(join(tmpdir(), "scoreline-sink-"));
    folder = new ResultFolder(top, logger);
    const items = [rowItem("a"), rowItem("b")];
    batch = await queueBatch(redis, lane, [items, items, items], { sinkAbove: 5 });
  });

  afterEach(async () => rm(top, { recursive: true }));

  const settle = async (number: number, failed = 0, attempt = 1): Promise<string> => {
    const hand = new ChunkHand(redis, lane, `${batch}/${number}`);
    await hand.take();
    const lines = [0, 1]
      .map((i) => {
        const status = i < failed ? "failed" : "succeeded";
        const outcome = { status, body: `"ä${i}"`, metrics: undefined } as const;
        return resultLine({ index: number * 2 + i, customId: undefined }, outcome);
      })
      .join("");
    assert.equal(await hand.settle(lines, 2 - failed, attempt), "settled");
    return lines;
  };
  const move = async (name: "retry" | "erase"): Promise<void> => {
    const moved = { id: batch, tenant: "default", move: name, tenantBatches: 10 };
    assert.equal(await moveBatch(redis, { ...moved, attempt: 1, token: "t" }), "done");
    await sweepBatch(batch, { redis, shifts: new Shifts(redis) });
  };
  const sinkable = async (number: number) => {
    const [chunk] = await sinkableChunks(redis, batch, [number]);
    assert.ok(chunk !== undefined);
    return chunk;
  };
  const sink = async (number: number): Promise<string> => {
    const chunk = await sinkable(number);
    const [place] = await folder.append(batch, courier, [await linesInRedis(redis, batch, number)]);
    assert.ok(place !== undefined);
    assert.equal(await placeChunk(redis, batch, chunk, place), "placed");
    return place;
  };
  const read = async (): Promise<(string | undefined)[]> =>
    (await readChunks(redis, batch, [0, 1, 2], folder)).map(({ lines }) => lines?.join(""));
  const inRedis = async (): Promise<number[]> =>
    Promise.all([0, 1, 2].map(async (n) => redis.exists(keys.chunkLines(`${batch}/${n}`))));

  describe("by scripts that are run twice", () => {
    it("are placed once, and read from there", async () => {
      const texts = [await settle(0), await settle(1), await settle(2)];
      await sink(2);
      const chunk = await sinkable(0);
      const [place = ""] = await folder.append(batch, courier, [Buffer.from(texts[0] ?? "")]);
      await runTwice(redis, async () => placeChunk(redis, batch, chunk, place));
      assert.equal(await placeChunk(redis, batch, chunk, `${courier}:9:9`), "late");
      assert.deepEqual(await inRedis(), [0, 1, 0]);
      assert.deepEqual(await read(), texts);
    });

    it("are claimed by one courier at a time, and looked at again", async () => {
      const nowMs = Date.now();
      await runTwice(redis, async () => claimSink(atTime(redis, nowMs), 1000));
      assert.equal(await claimSink(atTime(redis, nowMs + 999), 1000), undefined);
      assert.equal(await claimSink(atTime(redis, nowMs + 1000), 1000), batch);
      const look = { batch, upTo: 1, pauseMs: 5 };
      await runTwice(redis, async () => endSinkLook(atTime(redis, nowMs), look));
      assert.equal(await redis.zscore(keys.batchSinks, batch), String(nowMs + 5));
      assert.equal(await redis.hget(keys.batch(batch), "sk"), "1");
    });

    it("are looked at when a batch that has ended is gone, or sooner when it is retried", async () => {
      await settle(0);
      await settle(1);
      await settle(2, 1);
      const nowMs = Date.now();
      const look = { batch, pauseMs: 1000 };
      await endSinkLook(atTime(redis, nowMs), { ...look, upTo: 2 });
      assert.equal(await redis.zscore(keys.batchSinks, batch), String(nowMs + 1000));
      await endSinkLook(atTime(redis, nowMs), { ...look, upTo: 3 });
      assert.ok(Number(await redis.zscore(keys.batchSinks, batch)) > nowMs + 3_600_000);
      await move("retry");
      assert.equal(await claimSink(redis, 1000), batch);
      assert.equal(await endSinkLook(redis, { ...look, upTo: 3 }), "kept");
    });
  });

  it("stay in Redis where an item failed, until a retry has mended it", async () => {
    const texts = [await settle(0), await settle(1, 1), await settle(2)];
    assert.deepEqual(await sinkableChunks(redis, batch, [1]), []);
    await sink(0);
    await move("retry");
    await sink(2);
    assert.deepEqual(await inRedis(), [0, 1, 0]);
    texts[1] = await settle(1, 0, 2);
    await sink(1);
    assert.deepEqual(await read(), texts);
  });

  it("stay there when the batch is deleted while they are written", async () => {
    for (const number of [0, 1, 2]) await settle(number);
    const chunk = await sinkable(0);
    const [place = ""] = await folder.append(batch, courier, [Buffer.from("x")]);
    await move("erase");
    assert.equal(await placeChunk(redis, batch, chunk, place), "late");
    assert.deepEqual(await redis.keys("*:pack:*"), []);
  });

  it("that cannot be read are an error, and never less than they were", async () => {
    for (const number of [0, 1, 2]) await settle(number);
    await sink(0);
    await sink(1);
    const path = join(top, batch, `${courier}.ndjson`);
    const whole = await readFile(path);
    const refused = { code: "service_unavailable" };
    await assert.rejects(
      readChunks(redis, batch, [0], new ResultFolder(undefined, logger)),
      refused,
    );
    await truncate(path, whole.length - 1);
    await assert.rejects(read(), refused);
    await writeFile(path, Buffer.concat([whole.subarray(whole.length / 2), whole]));
    await assert.rejects(read(), refused, "the lines of another chunk");
    await rename(path, `${path}.away`);
    await assert.rejects(read(), refused);
    await rename(`${path}.away`, path);
    await writeFile(path, whole);
    assert.equal((await read()).length, 3);
  });

  it("are written only below the folder, which is never made", async () => {
    const text = [Buffer.from("x\n")];
    await assert.rejects(folder.append("../elsewhere", courier, text), /not the id of a batch/);
    await assert.rejects(folder.append(batch, "../elsewhere", text), /not the id of a courier/);
    await assert.rejects(folder.remove(".."), /not the id of a batch/);
    const missing = new ResultFolder(join(top, "missing"), logger);
    await assert.rejects(missing.append(batch, courier, text), /ENOENT/);
    assert.deepEqual(await readdir(top), []);
  });

  it("are written anew behind what a courier left that was killed before it said so", async () => {
    const texts = [await settle(0), await settle(1), await settle(2)];
    await folder.append(batch, courier, [Buffer.from(texts.join("")).subarray(0, 100)]);
    const sinker = new Sinker({ redis, clock: systemClock, logger, folder });
    await sinker.start();
    await until("all are in the folder", async () =>
      (await inRedis()).every((there) => there === 0),
    );
    assert.deepEqual(await read(), texts);
    await move("erase");
    await until("nothing is", async () => (await readdir(top)).length === 0);
    await sinker.stop();
  });
});
