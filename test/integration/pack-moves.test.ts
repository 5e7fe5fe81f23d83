import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import type { Redis } from "ioredis";
import { ScoringError } from "../../shared/error.ts";
import { packOf, ownPackOf } from "../../shared/id.ts";
import { failure } from "../../shared/job/outcome.ts";
import type { JobView, Sought } from "../../shared/job/view.ts";
import type { Lane } from "../../shared/lane.ts";
import { readFlow } from "../../shared/lane/flow.ts";
import { endOverdue, type EndedJobs } from "../../shared/pack/due.ts";
import { endJob, type EndVerdict } from "../../shared/pack/end.ts";
import { eraseJob } from "../../shared/pack/erase.ts";
import { keepResult } from "../../shared/pack/keep.ts";
import { listJobs } from "../../shared/pack/list.ts";
import { readJobs } from "../../shared/pack/read.ts";
import { requeue, type RetryVerdict } from "../../shared/pack/retry.ts";
import { atTime } from "../../shared/redis/script.ts";
import { acceptPacks, newPack, type JobOfPack } from "../support/accepted.ts";
import { dump } from "../support/dump.ts";
import { quota, testLimits } from "../support/jobs.ts";
import { PackDesk } from "../support/pack-desk.ts";
import { keys } from "../support/redis-keys.ts";
import { TestRedis } from "../support/redis.ts";
import { runTwice } from "../support/run-twice.ts";

const lane: Lane = { model: "m@1", class: "interactive" };
const CANCEL = failure(new ScoringError("canceled", "No more."), undefined, "canceled");

describe("moving one job of a pack", () => {
  let server: TestRedis;
  let redis: Redis;
  let desk: PackDesk;
  before(async () => {
    server = await TestRedis.start();
    redis = server.client();
  });
  after(async () => server[Symbol.asyncDispose]());
  beforeEach(async () => {
    await redis.flushall();
    desk = new PackDesk(redis, lane);
  });

  /** @returns ids of its jobs */
  const accepted = async (jobs: readonly JobOfPack[], isTaken = false): Promise<string[]> => {
    const pack = newPack(lane, jobs, { isTaken });
    const [verdicts = []] = await acceptPacks(redis, lane, [pack]);
    assert.ok(verdicts.every(({ kind }) => kind === "accepted"));
    return pack.jobs.map(({ id }) => id);
  };
  const texts = (...all: string[]): readonly JobOfPack[] => all.map((text) => ({ text }));
  const look = async (id: string, tenant = "default"): Promise<Sought> =>
    (await readJobs(redis, "", [{ id, tenant, mode: "read" }]))[0];
  const job = async (id: string, tenant = "default"): Promise<JobView> => {
    const found = await look(id, tenant);
    assert.ok(typeof found === "object");
    return found;
  };
  const statuses = async (ids: readonly string[]): Promise<readonly (string | undefined)[]> => {
    const found = await Promise.all(ids.map(async (id) => look(id)));
    return found.map((it) => (typeof it === "object" ? it.status : it));
  };
  const cancel = async (id = "", tenant = "default"): Promise<EndVerdict> =>
    endJob(redis, { id, tenant, outcome: CANCEL });
  const retry = async (id = "", token = "t1", more = {}): Promise<RetryVerdict> => {
    const { attempt, tenant } = await job(id);
    const options = { job: { id, tenant, attempt, ...lane }, quota: quota(more), token };
    return (await requeue(redis, options)).verdict;
  };
  const counts = async (tenant = "default") => ({
    ...(await redis.hgetall(keys.tenant(tenant))),
    load: await redis.llen(keys.load(lane)),
    running: (await readFlow(redis, lane, 0)).running,
  });

  describe("cancel", () => {
    it("ends one job that waits, and its neighbours go on", async () => {
      const ids = await accepted(texts("a", "b", "c"));
      await runTwice(redis, async () => cancel(ids[1]));
      assert.equal(await cancel(ids[1]), "late");
      assert.deepEqual(await statuses(ids), ["queued", "canceled", "queued"]);
      const [pack = ""] = await desk.take();
      assert.equal(await desk.settle(pack, "SSS"), "S-S");
      assert.deepEqual(await statuses(ids), ["succeeded", "canceled", "succeeded"]);
      assert.deepEqual(await counts(), { jobs: "0", bytes: "0", load: 0, running: 0 });
    });

    it("ends one job that runs, and discards what its run puts out", async () => {
      const ids = await accepted(texts("a", "b"));
      const [pack = ""] = await desk.take();
      assert.equal(await cancel(ids[0]), "ended");
      assert.equal(await desk.settle(pack, "SS"), "-S");
      assert.equal((await job(ids[0] ?? "")).error, CANCEL.body);
    });

    it("opens no neighbour's job, nor one that is not there", async () => {
      const ids = await accepted([{ tenant: "a" }, { tenant: "b" }]);
      const before = await dump(redis);
      assert.equal(await cancel(ids[0], "b"), "missing");
      assert.equal(await cancel(newPack(lane, texts("x")).jobs[0]?.id, "default"), "missing");
      assert.deepEqual(await dump(redis), before);
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
      const ids = await accepted([{ limits: START }, { limits: START }, { limits: START }]);
      await cancel(ids[1]);
      const { createdAtMs } = await job(ids[0] ?? "");
      assert.deepEqual(await expire(createdAtMs + 999), []);
      const told = await expire(createdAtMs + 1000);
      assert.deepEqual(told, [{ lane, status: "expired", code: "start_timeout", count: 2 }]);
      assert.deepEqual(await statuses(ids), ["expired", "canceled", "expired"]);
      assert.equal(await redis.zcard(keys.due), 0);
      assert.equal(await redis.zcard(keys.outstanding(lane)), 0);
      assert.deepEqual(await expire(createdAtMs + 5000), []);
    });

    it("to start means nothing to what has begun, which ends in all", async () => {
      const ids = await accepted([{ limits: { ...START, totalMs: 5000 } }]);
      const { createdAtMs } = await job(ids[0] ?? "");
      await desk.take();
      assert.deepEqual(await expire(createdAtMs + 4999), []);
      const told = await expire(createdAtMs + 5000);
      assert.deepEqual(told, [{ lane, status: "expired", code: "deadline_exceeded", count: 1 }]);
      assert.deepEqual(await counts(), { jobs: "0", bytes: "0", load: 0, running: 0 });
    });

    it("changes nothing the second time", async () => {
      const [id = ""] = await accepted([{ limits: START }]);
      const { createdAtMs } = await job(id);
      await runTwice(redis, async () => expire(createdAtMs + 1000));
    });
  });

  describe("erase", () => {
    it("leaves nothing of the job, and its neighbours as they were", async () => {
      const ids = await accepted([
        { text: "secret-input", metadata: '{"m":"secret-meta"}', parameters: '{"p":"secret"}' },
        { text: "b" },
        { text: "c" },
      ]);
      const [pack = ""] = await desk.take();
      await desk.settle(pack, [
        { status: "succeeded", body: '"secret-output"', metrics: undefined },
        { status: "succeeded", body: '"kept"', metrics: undefined },
      ]);
      const before = await Promise.all(ids.slice(1).map(async (id) => job(id)));
      await runTwice(redis, async () => eraseJob(redis, ids[0] ?? "", "default"));
      assert.equal(await look(ids[0] ?? ""), "deleted");
      assert.deepEqual(await Promise.all(ids.slice(1).map(async (id) => job(id))), before);
      assert.doesNotMatch(JSON.stringify(await dump(redis)), /secret/);
      assert.equal(await desk.settle(pack, "S", 2), "S");
      assert.deepEqual(await statuses(ids), ["deleted", "succeeded", "succeeded"]);
    });

    it("leaves the payload of another for its retry", async () => {
      const ids = await accepted(texts("a", "b", "c"));
      await cancel(ids[0]);
      await cancel(ids[1]);
      await eraseJob(redis, ids[0] ?? "", "default");
      await cancel(ids[2]);
      assert.equal(await retry(ids[1]), "accepted");
      const pack = keys.pack(ownPackOf(ids[1] ?? ""));
      assert.ok((await redis.hget(pack, "i"))?.endsWith("b"));
    });

    it("refuses what has not ended, and knows no neighbour's", async () => {
      const ids = await accepted([{ tenant: "a" }, { tenant: "b" }]);
      const before = await dump(redis);
      assert.equal(await eraseJob(redis, ids[0] ?? "", "a"), "not_ended");
      await cancel(ids[0], "a");
      assert.equal(await eraseJob(redis, ids[0] ?? "", "b"), "missing");
      assert.notDeepEqual(await dump(redis), before);
      assert.equal((await job(ids[0] ?? "", "a")).status, "canceled");
    });

    it("takes a large output along, and no neighbour's", async () => {
      const ids = await accepted(texts("a", "b"));
      const [pack = ""] = await desk.take();
      const large = { status: "succeeded", body: JSON.stringify("x".repeat(9000)) } as const;
      await desk.settle(pack, [
        { ...large, metrics: undefined },
        { ...large, metrics: undefined },
      ]);
      await eraseJob(redis, ids[0] ?? "", "default");
      assert.equal(await redis.exists(`${keys.pack(pack)}:out0`), 0);
      assert.equal((await job(ids[1] ?? "")).largeOutput?.bytes, 9002);
    });

    it("says so for a day, also when its pack is gone, and leaves the listing", async () => {
      const ids = await accepted(texts("a", "b"));
      await cancel(ids[0]);
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
      assert.equal(await look(ids[0] ?? ""), "deleted");
      assert.ok((await redis.ttl(keys.pack(ownPackOf(ids[0] ?? "")))) > 86_000);
    });

    it("erases one that had moved out, with what it left behind", async () => {
      const ids = await accepted(texts("secret-input", "b"));
      await cancel(ids[0]);
      assert.equal(await retry(ids[0]), "accepted");
      await cancel(ids[0]);
      assert.equal(await eraseJob(redis, ids[0] ?? "", "default"), "erased");
      assert.doesNotMatch(JSON.stringify(await dump(redis)), /secret/);
      assert.deepEqual(await statuses(ids), ["deleted", "queued"]);
    });
  });

  describe("retry", () => {
    it("moves the job out as its next attempt, with its history", async () => {
      const ids = await accepted([{ text: "a", metadata: '{"m":1}' }, { text: "b" }]);
      const [pack = ""] = await desk.take();
      await desk.settle(pack, "FS");
      const ended = await job(ids[0] ?? "");
      const attempt = { job: { ...ended, ...lane }, quota: quota(), token: "t1" };
      await runTwice(redis, async () => requeue(redis, attempt));
      const queued = await job(ids[0] ?? "");
      assert.deepEqual(
        [queued.status, queued.attempt, queued.metadata, queued.ahead, queued.startedAtMs],
        ["queued", 2, '{"m":1}', 0, undefined],
      );
      const [earlier] = JSON.parse(`[${queued.history}]`) as { status: string; error: unknown }[];
      assert.deepEqual([earlier?.status, earlier?.error], ["failed", { code: "internal" }]);
      assert.deepEqual((await counts()).load, 1);
      const [own = ""] = await desk.take();
      assert.equal(own, ownPackOf(ids[0] ?? ""));
      assert.equal(await desk.settle(own, "S"), "S");
      assert.deepEqual(await statuses(ids), ["succeeded", "succeeded"]);
      assert.deepEqual(await counts(), { jobs: "0", bytes: "0", load: 0, running: 0 });
      assert.ok((await redis.ttl(keys.pack(own))) > 0);
      assert.ok((await redis.ttl(keys.pack(pack))) > 0);
    });

    it("of a pack of one stays where it is, with a large input too", async () => {
      const text = "x".repeat(9000);
      const pack = newPack(lane, texts(text));
      const [one] = pack.jobs;
      await redis.set(`${keys.pack(pack.name)}:in`, one?.payload ?? "", "EX", 600);
      await acceptPacks(redis, lane, [pack]);
      await desk.take();
      await desk.settle(pack.name, "F");
      assert.equal(await retry(one?.id), "accepted");
      assert.deepEqual(await desk.take(), [pack.name]);
      assert.equal(await redis.ttl(`${keys.pack(pack.name)}:in`), -1);
      assert.equal(await desk.settle(pack.name, "F"), "F");
      const again = await job(one?.id ?? "");
      assert.deepEqual([again.attempt, again.status], [2, "failed"]);
      assert.equal(await retry(one?.id, "t2"), "accepted");
      assert.equal((await job(one?.id ?? "")).attempt, 3);
    });

    it("refuses what has not ended badly, and what there is no room for", async () => {
      const ids = await accepted(texts("a", "b"));
      assert.equal(await retry(ids[0]), "not_retryable");
      const [pack = ""] = await desk.take();
      await desk.settle(pack, "SF");
      assert.equal(await retry(ids[0]), "not_retryable");
      const before = await dump(redis);
      assert.equal(await retry(ids[1], "t1", { laneJobs: 0 }), "queue_full");
      assert.equal(await retry(ids[1], "t1", { tenantJobs: 0 }), "tenant_full");
      assert.deepEqual(await dump(redis), before);
    });
  });

  it("keeps a result that could not be delivered for as long as any other", async () => {
    const [id = ""] = await accepted(texts("a"), true);
    const [pack = ""] = await desk.take();
    await desk.settle(pack, "S");
    assert.ok((await redis.ttl(keys.pack(pack))) <= 300);
    await runTwice(redis, async () => keepResult(redis, id, "default"));
    assert.ok((await redis.ttl(keys.pack(pack))) > 3500);
  });

  it("touches nothing of 31 other tenants, whatever one does with its job", async () => {
    const tenants = Array.from({ length: 32 }, (_, i) => `tenant-${i}`);
    const ids = await accepted(tenants.map((tenant) => ({ tenant, text: `of ${tenant}` })));
    const [pack = ""] = await desk.take();
    const first = tenants.slice(0, 31);
    await desk.settle(
      pack,
      first.map((it) => ({ status: "succeeded", body: `"${it}"`, metrics: undefined })),
    );
    const [mover = "", own = ""] = [tenants[31], ids[31]];
    const seen = async () => ({
      jobs: await Promise.all(first.map(async (tenant, i) => job(ids[i] ?? "", tenant))),
      counts: await Promise.all(first.map(async (tenant) => redis.hgetall(keys.tenant(tenant)))),
    });
    const before = await seen();
    await cancel(own, mover);
    const ended = await job(own, mover);
    const options = { job: { ...ended, ...lane }, quota: quota(), token: "t1" };
    assert.equal((await requeue(redis, options)).verdict, "accepted");
    await cancel(own, mover);
    assert.equal(await eraseJob(redis, own, mover), "erased");
    const expires = { expiresAtMs: undefined };
    const shown = ({ jobs, ...rest }: Awaited<ReturnType<typeof seen>>) => ({
      jobs: jobs.map((it) => ({ ...it, ...expires })),
      ...rest,
    });
    assert.deepEqual(shown(await seen()), shown(before));
    for (const tenant of first) {
      assert.equal(await look(own, tenant), undefined);
      assert.equal(await eraseJob(redis, own, tenant), "missing");
    }
  });
});
