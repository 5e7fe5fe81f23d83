import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import type { Redis } from "ioredis";
import { moveBatch } from "../../shared/batch/batches.ts";
import { resultLine } from "../../shared/batch/lines.ts";
import { announceBatch } from "../../shared/batch/news.ts";
import { sweepBatch } from "../../shared/batch/sweep.ts";
import { Shifts } from "../../shared/lane/shifts.ts";
import { ScoringError } from "../../shared/error.ts";
import { failure } from "../../shared/job/outcome.ts";
import type { Lane } from "../../shared/lane.ts";
import { endJob } from "../../shared/pack/end.ts";
import { eraseJob } from "../../shared/pack/erase.ts";
import { keepResult } from "../../shared/pack/keep.ts";
import { readJobs } from "../../shared/pack/read.ts";
import { retryJob } from "../../shared/pack/retry.ts";
import { keysOf, workKeys } from "../../shared/redis/keys.ts";
import { deliverAgain, recordAttempt } from "../../shared/webhook/deliveries.ts";
import { readDeliveriesOf } from "../../shared/webhook/delivery-log.ts";
import { ChunkHand } from "../support/chunks.ts";
import { acceptPacks, newPack } from "../support/accepted.ts";
import { quota, testIds } from "../support/jobs.ts";
import { queueBatch, rowItem } from "../support/queued-batch.ts";
import { TestRedis } from "../support/redis.ts";

const lane: Lane = { model: "m@1", class: "bulk" };
const PARTITION = 7;

/** Redis Cluster refuses a script whose keys are of two slots, and we use one partition so far. */
describe("what an id names", () => {
  let server: TestRedis;
  let redis: Redis;
  before(async () => {
    server = await TestRedis.start();
    redis = server.client();
  });
  after(async () => server[Symbol.asyncDispose]());
  beforeEach(async () => {
    await redis.flushall();
    // An endpoint that wants every event.
    await redis.hset(keysOf(PARTITION).hooks("default"), "whk_1", "QRSFCXPWE a");
  });

  const idOf = (prefix: string): string => testIds.create(prefix, "default", Date.now(), PARTITION);
  /** Shifts are of no job or batch, and touched by no script of ours. */
  const strangers = async (): Promise<readonly string[]> =>
    (await redis.keys("*")).filter(
      (key) => !key.startsWith(`{sl${PARTITION}}:`) && !key.startsWith(workKeys.shiftPrefix),
    );

  const deliverTo = async (id: string): Promise<void> => {
    const [delivery] = await readDeliveriesOf(redis, id);
    assert.ok(delivery !== undefined);
    await recordAttempt(redis, {
      delivery: { ...delivery, token: "c" },
      outcome: "ok",
      log: "",
      lastStatus: 200,
      waitMs: undefined,
      reason: "exhausted",
      disableAfterMs: 1000,
    });
    assert.equal(await deliverAgain(redis, delivery.id), "done");
  };

  it("lives in its partition from accept to erase, if it is a job", async () => {
    const idempotency = { scope: "k", fingerprint: "f" };
    const name = testIds.packName(Date.now(), PARTITION);
    const pack = newPack(lane, [{ idempotency }, { text: "b" }], { name });
    const [verdicts = []] = await acceptPacks(redis, lane, [pack]);
    assert.deepEqual(
      verdicts.map(({ kind }) => kind),
      ["accepted", "accepted"],
    );
    const id = pack.jobs[0]?.id ?? "";
    const tenant = "default";
    const outcome = failure(new ScoringError("model_crash", "it broke"));
    assert.equal(await endJob(redis, { id, tenant, outcome }), "ended");
    await deliverTo(id);
    const [view] = await readJobs(redis, "g", [{ id, tenant, mode: "wait" }]);
    assert.ok(view !== undefined && view !== "deleted");
    const options = { job: view, quota: quota(), token: "r" };
    assert.equal(await retryJob(redis, new Shifts(redis), options), "accepted");
    assert.equal(await endJob(redis, { id, tenant, outcome }), "ended");
    await keepResult(redis, id, tenant);
    assert.deepEqual(await strangers(), []);
    assert.equal(await eraseJob(redis, id, tenant), "erased");
    assert.deepEqual(await strangers(), []);
  });

  it("lives in its partition from its first item to its erasure, if it is a batch", async () => {
    const idempotency = { scope: "k", fingerprint: "f" };
    const id = await queueBatch(redis, lane, [[rowItem("a", "1")]], {
      id: idOf("bat"),
      idempotency,
    });
    const hand = new ChunkHand(redis, lane, `${id}/0`);
    assert.ok((await hand.take()) !== undefined);
    const outcome = { status: "succeeded", body: "1", metrics: undefined } as const;
    const lines = resultLine({ index: 0, customId: "1" }, outcome);
    assert.equal(await hand.settle(lines, 1), "settled");
    await announceBatch(redis, id);
    await deliverTo(id);
    assert.deepEqual(await strangers(), []);
    const erase = { id, tenant: "default", move: "erase", tenantBatches: 1 } as const;
    assert.equal(await moveBatch(redis, erase), "done");
    await sweepBatch(id, { redis, shifts: new Shifts(redis) });
    assert.deepEqual(await strangers(), []);
  });
});
