import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import type { Redis } from "ioredis";
import type { Lane } from "../../shared/lane.ts";
import { keys } from "../support/redis-keys.ts";
import { linesOf, queueBatch, rowItem, type ResultLine } from "../support/queued-batch.ts";
import { runsOf, type Run } from "../support/runs.ts";
import { System, type Role } from "../support/system.ts";
import { until } from "../support/until.ts";

const LANE: Lane = { model: "slow-text@1", class: "bulk" };

const problem = JSON.stringify({ code: "invalid_json", detail: "no JSON" });

describe("a chunk of a batch", () => {
  let system: System;
  let redis: Redis;
  beforeEach(async () => {
    system = await System.bare({
      MODELS_DIR: "test/fixtures/models",
      LOG_LEVEL: "debug",
      WORKER_SLOTS: "1",
      GRACE_MS: "5000",
    });
    redis = system.redis.client();
  });
  afterEach(async () => system[Symbol.asyncDispose]());

  /** Queues one chunk of these texts. @returns its name */
  const submit = async (texts: readonly string[]): Promise<string> => {
    const items = texts.map((text, i) => rowItem(text, `c${i}`));
    return `${await queueBatch(redis, LANE, [items])}/0`;
  };

  /** Waits for the next run that an item is in. @param from how many of the worker's runs to pass over */
  async function nextRun(worker: Role, item: string, from: number): Promise<Run & { at: number }> {
    const find = (): number =>
      runsOf(worker).findIndex((run, i) => i >= from && run.jobs.includes(item));
    await until(`${item} runs`, () => find() !== -1);
    const [at, run] = [find(), runsOf(worker)[find()]];
    assert.ok(run !== undefined);
    return { ...run, at };
  }

  /** Counts add up, and nothing is left of what has ended. */
  async function assertCounts(chunk: string, ok: number, ko: number): Promise<void> {
    const [batch = ""] = chunk.split("/");
    const found = await redis.hmget(keys.batch(batch), "s", "ok", "ko", "rn");
    assert.deepEqual(found, ["completed", String(ok), String(ko), "0"]);
    assert.equal(await redis.zcard(keys.outstanding(LANE)), 0);
    assert.equal(await redis.llen(keys.load(LANE)), 0);
    assert.equal(await redis.exists(keys.ready(LANE)), 0);
    assert.deepEqual(await redis.keys(keys.taken("*")), []);
  }

  const codes = (lines: readonly ResultLine[]): (string | undefined)[] =>
    lines.map(({ error }) => error?.code);

  it("is scored item by item, each with a line of its own, in their order", async () => {
    const good = ["a", "b", "c"].map((text) => rowItem(text));
    const bad = { customId: "bad", problem };
    const own = { ...rowItem("d", "own"), parameters: '{"top_k":1}' };
    const batch = await queueBatch(redis, LANE, [[...good, bad], [own], [bad]]);
    await system.worker();
    const chunks = [0, 1, 2].map((number) => `${batch}/${number}`);
    const lines = (await Promise.all(chunks.map(async (chunk) => linesOf(redis, chunk)))).flat();
    assert.deepEqual(
      lines.map(({ index }) => index),
      [0, 1, 2, 3, 4, 5],
    );
    assert.deepEqual(
      lines.map(({ custom_id }) => custom_id),
      [null, null, null, "bad", "own", "bad"],
    );
    assert.deepEqual(
      codes(lines),
      lines.map(({ custom_id }) => (custom_id === "bad" ? "invalid_json" : undefined)),
    );
    assert.ok(lines[0]?.metrics !== undefined && lines[3]?.metrics === undefined);
    await assertCounts(`${batch}/0`, 4, 2);
  });

  it("loses one item to a runner that dies of it, and no other", async () => {
    const worker = await system.worker();
    const chunk = await submit(["a", "slow", "b", "c"]);
    let seen = 0;
    for (const size of [4, 1, 1]) {
      const { runner, jobs, at } = await nextRun(worker, `${chunk}#1`, seen);
      assert.equal(jobs.length, size);
      process.kill(runner, "SIGKILL");
      seen = at + 1;
    }
    const lines = await linesOf(redis, chunk);
    assert.deepEqual(codes(lines), [undefined, "model_crash", undefined, undefined]);
    assert.equal(worker.hasExited, false);
    await assertCounts(chunk, 3, 1);
  });

  it("whose worker dies midway is scored by another, an outcome for each item", async () => {
    await system.courier();
    const first = await system.worker();
    const chunk = await submit(["a", "slow", "b"]);
    await nextRun(first, `${chunk}#1`, 0);
    await first.end("SIGKILL");
    await system.worker();
    const lines = await linesOf(redis, chunk);
    assert.deepEqual(codes(lines), [undefined, undefined, undefined]);
    assert.equal(await redis.hget(keys.pack(chunk), "a"), "2");
    await assertCounts(chunk, 3, 0);
  });

  it("loses to poison the item that ends its workers, and no other", async () => {
    await system.courier();
    const chunk = await submit(["a", "b", "hang", "c"]);
    const poison = `${chunk}#2`;
    for (let kills = 0; ; kills++) {
      assert.ok(kills <= 5, "one kill in company, one with its chunk, three alone");
      const worker = await system.worker();
      const isInRun = (): boolean => runsOf(worker).some(({ jobs }) => jobs.includes(poison));
      const isEnded = async (): Promise<boolean> =>
        (await redis.hget(keys.pack(chunk), "s")) === "e";
      await until("it runs, or the chunk has ended", async () => isInRun() || (await isEnded()));
      if (!isInRun()) break;
      const fields = await redis.hkeys(keys.pack(chunk));
      const blamed = fields.filter((field) => /^q\d/.test(field));
      assert.deepEqual(blamed, kills < 2 ? [] : ["q2"], "items whose run came back are not blamed");
      await worker.end("SIGKILL");
    }
    const lines = await linesOf(redis, chunk);
    assert.deepEqual(codes(lines), [undefined, undefined, "poisoned", undefined]);
    await assertCounts(chunk, 3, 1);
  });

  it("whose worker stops midway is handed back, at no cost of an attempt", async () => {
    const first = await system.worker();
    const chunk = await submit(["a", "slow", "b", "slow", "c"]);
    // A runner that dies has its items run one by one, so that some have ended at the stop.
    process.kill((await nextRun(first, `${chunk}#1`, 0)).runner, "SIGKILL");
    await nextRun(first, `${chunk}#1`, 1);
    assert.equal(await first.end("SIGTERM"), 0, first.log);
    assert.doesNotMatch(first.log, /run not ended|are lost to others/);
    assert.deepEqual(await redis.hmget(keys.pack(chunk), "s", "a", "r"), ["q", "1", null]);
    await system.worker();
    assert.deepEqual(codes(await linesOf(redis, chunk)), Array(5).fill(undefined));
    assert.equal(await redis.hget(keys.pack(chunk), "a"), "1");
    await assertCounts(chunk, 5, 0);
  });

  it("blames no item for a worker that is stopped while it runs alone", async () => {
    const chunk = await submit(["slow"]);
    await redis.hset(keys.pack(chunk), "dt", 2);
    const worker = await system.worker();
    await nextRun(worker, `${chunk}#0`, 0);
    assert.equal(await redis.hget(keys.pack(chunk), "q0"), "1");
    assert.equal(await worker.end("SIGTERM"), 0, worker.log);
    assert.deepEqual(await redis.hmget(keys.pack(chunk), "s", "q0"), ["q", null]);
  });
});
