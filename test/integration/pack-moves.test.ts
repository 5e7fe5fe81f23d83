import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import type { Redis } from "ioredis";
import type { Lane } from "../../shared/lane.ts";
import { endOverdue, type EndedJobs } from "../../shared/pack/due.ts";
import { eraseJob } from "../../shared/pack/erase.ts";
import { keepResult } from "../../shared/pack/keep.ts";
import { requeue } from "../../shared/pack/retry.ts";
import { atTime } from "../../shared/redis/script.ts";
import { newPack } from "../support/accepted.ts";
import { dump } from "../support/dump.ts";
import { quota, testLimits } from "../support/jobs.ts";
import { PackDesk } from "../support/pack-desk.ts";
import { CANCEL, PackJobs, texts } from "../support/pack-jobs.ts";
import { keys } from "../support/redis-keys.ts";
import { TestRedis } from "../support/redis.ts";
import { runTwice } from "../support/run-twice.ts";

const lane: Lane = { model: "m@1", class: "interactive" };

describe("moving one job of a pack", () => {
  let server: TestRedis;
  let redis: Redis;
  let desk: PackDesk;
  let jobs: PackJobs;
  before(async () => {
    server = await TestRedis.start();
    redis = server.client();
  });
  after(async () => server[Symbol.asyncDispose]());
  beforeEach(async () => {
    await redis.flushall();
    desk = new PackDesk(redis, lane);
    jobs = new PackJobs(redis, lane);
  });

  describe("cancel", () => {
    it("ends one job that waits, and its neighbours go on", async () => {
      const ids = await jobs.accept(texts("a", "b", "c"));
      await runTwice(redis, async () => jobs.cancel(ids[1]));
      assert.equal(await jobs.cancel(ids[1]), "late");
      assert.deepEqual(await jobs.statuses(ids), ["queued", "canceled", "queued"]);
      const [pack = ""] = await desk.take();
      assert.equal(await desk.settle(pack, "SSS"), "S-S");
      assert.deepEqual(await jobs.statuses(ids), ["succeeded", "canceled", "succeeded"]);
      assert.deepEqual(await jobs.counts(), { jobs: "0", bytes: "0", load: 0, running: 0 });
    });

    it("ends one job that runs, and discards what its run puts out", async () => {
      const ids = await jobs.accept(texts("a", "b"));
      const [pack = ""] = await desk.take();
      assert.equal(await jobs.cancel(ids[0]), "ended");
      assert.equal(await desk.settle(pack, "SS"), "-S");
      assert.equal((await jobs.read(ids[0])).error, CANCEL.body);
    });

    it("opens no neighbour's job, nor one that is not there", async () => {
      const ids = await jobs.accept([{ tenant: "a" }, { tenant: "b" }]);
      const earlier = await dump(redis);
      assert.equal(await jobs.cancel(ids[0], "b"), "missing");
      assert.equal(await jobs.cancel(newPack(lane, texts("x")).jobs[0]?.id, "default"), "missing");
      assert.deepEqual(await dump(redis), earlier);
    });
  });

  describe("a deadline", () => {
    const START = { ...testLimits, startMs: 1000 };
    const expire = async (atMs: number): Promise<readonly EndedJobs[]> => {
      const told: EndedJobs[] = [];
      await endOverdue(atTime(redis, atMs), (ended) => told.push(ended));
      return told;
    };

    it("to start ends what is open of packs that no worker has begun", async () => {
      const ids = await jobs.accept([{ limits: START }, { limits: START }, { limits: START }]);
      await jobs.cancel(ids[1]);
      const { createdAtMs } = await jobs.read(ids[0]);
      assert.deepEqual(await expire(createdAtMs + 999), []);
      const told = await expire(createdAtMs + 1000);
      assert.deepEqual(told, [{ lane, status: "expired", code: "start_timeout", count: 2 }]);
      assert.deepEqual(await jobs.statuses(ids), ["expired", "canceled", "expired"]);
      assert.equal(await redis.zcard(keys.due), 0);
      assert.equal(await redis.zcard(keys.outstanding(lane)), 0);
      assert.deepEqual(await expire(createdAtMs + 5000), []);
    });

    it("to start means nothing to what has begun, which ends in all", async () => {
      const ids = await jobs.accept([{ limits: { ...START, totalMs: 5000 } }]);
      const { createdAtMs } = await jobs.read(ids[0]);
      await desk.take();
      assert.deepEqual(await expire(createdAtMs + 4999), []);
      const told = await expire(createdAtMs + 5000);
      assert.deepEqual(told, [{ lane, status: "expired", code: "deadline_exceeded", count: 1 }]);
      assert.deepEqual(await jobs.counts(), { jobs: "0", bytes: "0", load: 0, running: 0 });
    });

    it("changes nothing the second time", async () => {
      const [id = ""] = await jobs.accept([{ limits: START }]);
      const { createdAtMs } = await jobs.read(id);
      await runTwice(redis, async () => expire(createdAtMs + 1000));
    });
  });

  it("keeps the result of what is still open for as long as any other", async () => {
    const [id = ""] = await jobs.accept(texts("a"), true);
    await runTwice(redis, async () => keepResult(redis, id, "default"));
    const [pack = ""] = await desk.take();
    await desk.settle(pack, "S");
    assert.ok((await redis.ttl(keys.pack(pack))) > 3500);
  });

  it("keeps a result that could not be delivered for as long as any other", async () => {
    const [id = ""] = await jobs.accept(texts("a"), true);
    const [pack = ""] = await desk.take();
    const body = JSON.stringify("x".repeat(9000));
    await desk.settle(pack, [{ status: "succeeded", body, metrics: undefined }]);
    const places = [keys.pack(pack), `${keys.pack(pack)}:out0`];
    for (const key of places) assert.ok((await redis.ttl(key)) <= 300);
    await runTwice(redis, async () => keepResult(redis, id, "default"));
    for (const key of places) assert.ok((await redis.ttl(key)) > 3500);
  });

  it("touches nothing of 31 other tenants, whatever one does with its job", async () => {
    const tenants = Array.from({ length: 32 }, (_, i) => `tenant-${i}`);
    const ids = await jobs.accept(tenants.map((tenant) => ({ tenant, text: `of ${tenant}` })));
    const [pack = ""] = await desk.take();
    const first = tenants.slice(0, 31);
    await desk.settle(
      pack,
      first.map((tenant) => ({ status: "succeeded", body: `"${tenant}"`, metrics: undefined })),
    );
    const [mover = "", own = ""] = [tenants[31], ids[31]];
    const seen = async () => ({
      ends: await Promise.all(
        first.map(async (tenant, i) => {
          const { expiresAtMs: _, ...end } = await jobs.read(ids[i], tenant);
          return end;
        }),
      ),
      counts: await redis.mget(
        first.flatMap((name) => [keys.tenant(`${name}:jobs`), keys.tenant(`${name}:bytes`)]),
      ),
    });
    const earlier = await seen();
    await jobs.cancel(own, mover);
    const ended = await jobs.read(own, mover);
    const options = { job: { ...ended, ...lane }, quota: quota(), token: "t1" };
    assert.equal((await requeue(redis, options)).verdict, "accepted");
    await jobs.cancel(own, mover);
    assert.equal(await eraseJob(redis, own, mover), "erased");
    assert.deepEqual(await seen(), earlier);
    for (const tenant of first) {
      assert.equal(await jobs.look(own, tenant), undefined);
      assert.equal(await eraseJob(redis, own, tenant), "missing");
    }
  });
});
