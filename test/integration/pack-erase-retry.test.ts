import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import type { Redis } from "ioredis";
import { packOf, ownPackOf } from "../../shared/id.ts";
import { earlierAttempts } from "../../shared/job/job-text.ts";
import type { Lane } from "../../shared/lane.ts";
import { eraseJob } from "../../shared/pack/erase.ts";
import { listJobs } from "../../shared/pack/list.ts";
import { createLogger } from "../../shared/log.ts";
import { requeue } from "../../shared/pack/retry.ts";
import { Run } from "../../shared/pack/run.ts";
import { acceptPacks, newPack } from "../support/accepted.ts";
import { dump } from "../support/dump.ts";
import { quota } from "../support/jobs.ts";
import { PackDesk } from "../support/pack-desk.ts";
import { PackJobs, texts } from "../support/pack-jobs.ts";
import { outcomes } from "../support/raw-packs.ts";
import { keys } from "../support/redis-keys.ts";
import { TestRedis } from "../support/redis.ts";
import { runTwice } from "../support/run-twice.ts";
import { workerOf } from "../support/worked.ts";

const lane: Lane = { model: "m@1", class: "interactive" };

describe("erasing and retrying one job of a pack", () => {
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

  describe("erase", () => {
    it("leaves nothing of the job, and its neighbours as they were", async () => {
      const ids = await jobs.accept([
        {
          text: "secret-input",
          metadata: '{"m":"secret-meta"}',
          parameters: '{"p":"secret"}',
          trace: " secret-request",
        },
        { text: "b" },
        { text: "c" },
      ]);
      const [pack = ""] = await desk.take();
      await desk.settle(pack, [
        { status: "succeeded", body: '"secret-output"', metrics: undefined },
        { status: "succeeded", body: '"kept"', metrics: undefined },
      ]);
      const earlier = await Promise.all(ids.slice(1).map(async (id) => jobs.read(id)));
      await runTwice(redis, async () => eraseJob(redis, ids[0] ?? "", "default"));
      assert.equal(await jobs.look(ids[0]), "deleted");
      assert.deepEqual(await Promise.all(ids.slice(1).map(async (id) => jobs.read(id))), earlier);
      assert.doesNotMatch(JSON.stringify(await dump(redis)), /secret/);
      assert.equal(await desk.settle(pack, "S", 2), "S");
      assert.deepEqual(await jobs.statuses(ids), ["deleted", "succeeded", "succeeded"]);
    });

    it("leaves the payload of another for its retry", async () => {
      const ids = await jobs.accept(texts("a", "b", "c"));
      await jobs.cancel(ids[0]);
      await jobs.cancel(ids[1]);
      await eraseJob(redis, ids[0] ?? "", "default");
      await jobs.cancel(ids[2]);
      assert.equal(await jobs.retry(ids[1]), "accepted");
      const pack = keys.pack(ownPackOf(ids[1] ?? ""));
      assert.ok((await redis.hget(pack, "i"))?.endsWith("b"));
    });

    it("refuses what has not ended, and knows no neighbour's", async () => {
      const ids = await jobs.accept([{ tenant: "a" }, { tenant: "b" }]);
      const earlier = await dump(redis);
      assert.equal(await eraseJob(redis, ids[0] ?? "", "a"), "not_ended");
      await jobs.cancel(ids[0], "a");
      assert.equal(await eraseJob(redis, ids[0] ?? "", "b"), "missing");
      assert.notDeepEqual(await dump(redis), earlier);
      assert.equal((await jobs.read(ids[0], "a")).status, "canceled");
    });

    it("takes a large output along, and no neighbour's", async () => {
      const ids = await jobs.accept(texts("a", "b"));
      const [pack = ""] = await desk.take();
      const large = { status: "succeeded", body: JSON.stringify("x".repeat(9000)) } as const;
      await desk.settle(pack, [
        { ...large, metrics: undefined },
        { ...large, metrics: undefined },
      ]);
      await eraseJob(redis, ids[0] ?? "", "default");
      assert.equal(await redis.exists(`${keys.pack(pack)}:out0`), 0);
      assert.equal((await jobs.read(ids[1])).largeOutput?.bytes, 9002);
    });

    it("says so for a day, also when its pack is gone, and leaves the listing", async () => {
      const ids = await jobs.accept(texts("a", "b"));
      await jobs.cancel(ids[0]);
      await eraseJob(redis, ids[0] ?? "", "default");
      const window = {
        after: undefined,
        createdAfterMs: undefined,
        createdBeforeMs: undefined,
        count: 9,
      };
      assert.deepEqual(
        (await listJobs(redis, "default", window)).map(({ id }) => id),
        [ids[1]],
      );
      await redis.del(keys.pack(packOf(ids[0] ?? "")));
      assert.equal(await jobs.look(ids[0]), "deleted");
      assert.ok((await redis.ttl(keys.pack(ownPackOf(ids[0] ?? "")))) > 86_000);
    });

    it("erases one that had moved out, with what it left behind", async () => {
      const ids = await jobs.accept(texts("secret-input", "b"));
      await jobs.cancel(ids[0]);
      assert.equal(await jobs.retry(ids[0]), "accepted");
      await jobs.cancel(ids[0]);
      assert.equal(await eraseJob(redis, ids[0] ?? "", "default"), "erased");
      assert.doesNotMatch(JSON.stringify(await dump(redis)), /secret/);
      assert.deepEqual(await jobs.statuses(ids), ["deleted", "queued"]);
    });
  });

  describe("retry", () => {
    it("moves the job out as its next attempt, with its history", async () => {
      const ids = await jobs.accept([{ text: "a", metadata: '{"m":1}' }, { text: "b" }]);
      const [pack = ""] = await desk.take();
      await desk.settle(pack, "FS");
      const ended = await jobs.read(ids[0]);
      const attempt = { job: { ...ended, ...lane }, quota: quota(), token: "t1" };
      await runTwice(redis, async () => requeue(redis, attempt));
      const queued = await jobs.read(ids[0]);
      assert.deepEqual(
        [queued.status, queued.attempt, queued.metadata, queued.ahead, queued.startedAtMs],
        ["queued", 2, '{"m":1}', 0, undefined],
      );
      const [first] = earlierAttempts(queued.history);
      assert.deepEqual([first?.status, first?.error], ["failed", { code: "internal" }]);
      assert.equal(await redis.llen(keys.load(lane)), 1);
      assert.equal(await redis.ttl(keys.pack(pack)), -1, "look-ups and lists go by way of it");
      const [own = ""] = await desk.take();
      assert.equal(own, ownPackOf(ids[0] ?? ""));
      assert.equal(await desk.settle(own, "S"), "S");
      assert.deepEqual(await jobs.statuses(ids), ["succeeded", "succeeded"]);
      assert.deepEqual(await jobs.counts(), { jobs: "0", bytes: "0", load: 0, running: 0 });
      assert.ok((await redis.ttl(keys.pack(own))) > 0);
      assert.ok((await redis.ttl(keys.pack(pack))) > 0);
    });

    it("keeps what it has in common with those that it leaves", async () => {
      const parameters = '{"top_k":3}';
      const ids = await jobs.accept([{ parameters }, { parameters, trace: " order-77" }]);
      const [pack = ""] = await desk.take();
      await desk.settle(pack, "SF");
      assert.equal(await jobs.retry(ids[1]), "accepted");
      const { packs } = await workerOf(redis).turn({ lane, rows: 2, woken: false }, []);
      assert.deepEqual(
        packs.map((taken) => [taken.name, taken.parameters, taken.traces]),
        [[ownPackOf(ids[1] ?? ""), [parameters], [" order-77"]]],
      );
    });

    it("lets both packs expire that end in one turn, the job's own first", async () => {
      const [, canceled = ""] = await jobs.accept(texts("a", "b"));
      const shifts = { add: async (): Promise<void> => {} };
      const logger = createLogger("worker", "silent");
      const run = new Run({ redis, shifts, leaseMs: 4000, logger });
      const take = { lane, rows: 2, woken: true };
      await run.turn(take, []);
      await jobs.cancel(canceled);
      assert.equal(await jobs.retry(canceled), "accepted");
      await run.turn(take, []);
      const [own, pack] = [ownPackOf(canceled), packOf(canceled)];
      const settle = (name: string, attempt: number) => {
        return { pack: name, attempt, first: 0, outcomes: outcomes("S") };
      };
      const { verdicts } = await run.turn(undefined, [settle(own, 2), settle(pack, 1)]);
      assert.deepEqual(verdicts, ["S", "S"]);
      for (const name of [own, pack]) assert.ok((await redis.ttl(keys.pack(name))) > 0, name);
    });

    it("of a pack of one stays where it is, with a large input too", async () => {
      const text = "x".repeat(9000);
      const pack = newPack(lane, texts(text));
      const [one] = pack.jobs;
      await redis.set(`${keys.pack(pack.name)}:in`, one?.payload ?? "", "EX", 600);
      await acceptPacks(redis, lane, [pack]);
      await desk.take();
      await desk.settle(pack.name, "F");
      assert.equal(await jobs.retry(one?.id), "accepted");
      assert.deepEqual(await desk.take(), [pack.name]);
      assert.equal(await redis.ttl(`${keys.pack(pack.name)}:in`), -1);
      assert.equal(await desk.settle(pack.name, "F"), "F");
      const again = await jobs.read(one?.id ?? "");
      assert.deepEqual([again.attempt, again.status], [2, "failed"]);
      assert.equal(await jobs.retry(one?.id, "t2"), "accepted");
      assert.equal((await jobs.read(one?.id ?? "")).attempt, 3);
    });

    it("is the same one when it is sent again, whatever has become of it since", async () => {
      const ids = await jobs.accept(texts("a", "b"));
      await jobs.cancel(ids[0]);
      const ended = { ...(await jobs.read(ids[0])), ...lane };
      const retry = async () => requeue(redis, { job: ended, quota: quota(), token: "t1" });
      assert.equal((await retry()).verdict, "accepted");
      await jobs.cancel(ids[0]);
      const earlier = await dump(redis);
      assert.equal((await retry()).verdict, "accepted");
      assert.deepEqual(await dump(redis), earlier);
    });

    it("refuses what has not ended badly, and what there is no room for", async () => {
      const ids = await jobs.accept(texts("a", "b"));
      assert.equal(await jobs.retry(ids[0]), "not_retryable");
      const [pack = ""] = await desk.take();
      await desk.settle(pack, "SF");
      assert.equal(await jobs.retry(ids[0]), "not_retryable");
      const earlier = await dump(redis);
      assert.equal(await jobs.retry(ids[1], "t1", { laneJobs: 0 }), "queue_full");
      assert.equal(await jobs.retry(ids[1], "t1", { tenantJobs: 0 }), "tenant_full");
      assert.deepEqual(await dump(redis), earlier);
    });
  });
});
