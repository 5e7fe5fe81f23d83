import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import type { Redis } from "ioredis";
import { ownPackOf, packOf } from "../../shared/id.ts";
import type { JobView, Sought } from "../../shared/job/view.ts";
import { createLogger } from "../../shared/log.ts";
import { Shifts } from "../../shared/lane/shifts.ts";
import { JobReader } from "../../shared/pack/read.ts";
import { reapRuns } from "../../shared/pack/reap.ts";
import { packFields } from "../../shared/pack/record.ts";
import { SettledFeed } from "../../shared/pack/settled-feed.ts";
import { JobWaiter, type CreatorWait } from "../../gateway/jobs/job-waiter.ts";
import { PackDesk } from "../support/pack-desk.ts";
import { PackJobs, texts } from "../support/pack-jobs.ts";
import { keys } from "../support/redis-keys.ts";
import { TestRedis } from "../support/redis.ts";
import { until } from "../support/until.ts";

const lane = { model: "m@1", class: "interactive" } as const;
const logger = createLogger("gateway", "silent");
/** As `newJob` of tests names it. */
const GATEWAY = "g1";

describe("waiting for jobs of a pack", () => {
  let server: TestRedis;
  let redis: Redis;
  let jobs: PackJobs;
  before(async () => {
    server = await TestRedis.start();
    redis = server.client();
  });
  after(async () => server[Symbol.asyncDispose]());
  beforeEach(async () => {
    await redis.flushall();
    jobs = new PackJobs(redis, lane);
  });

  /** A gateway's waiter, its feed and its reader. @param reads undefined: its reads fail */
  async function gateway({ reads = redis, hears = true } = {}) {
    const reader = new JobReader(reads, GATEWAY, () => false);
    const waiter = new JobWaiter({ redis, reader, logger });
    const listener = {
      onEnded: waiter.onEnded.bind(waiter),
      onChanged: waiter.onChanged.bind(waiter),
      onReconnected: waiter.onReconnected.bind(waiter),
      onSettled() {},
    };
    const options = { subscriber: server.client(), requests: redis, gateway: GATEWAY, logger };
    const feed = new SettledFeed({ ...options, listener });
    if (hears) await feed.start();
    await waiter.start();
    return {
      waiter,
      async [Symbol.asyncDispose]() {
        await waiter.stop();
        await feed.stop();
      },
    };
  }
  /** Redis as a connection that is closed has it. */
  const away = (): Redis => {
    const client = server.client();
    client.disconnect();
    return client;
  };
  const wait = async (
    waiter: JobWaiter,
    queued: JobView,
    more: Partial<CreatorWait> = {},
  ): Promise<Sought> => {
    const watch = waiter.watchNew(queued);
    const { signal } = new AbortController();
    return waiter.waitNew(queued, watch, { waitMs: 60_000, takes: false, signal, ...more });
  };
  const queuedViews = async (ids: readonly string[]): Promise<readonly JobView[]> =>
    Promise.all(ids.map(async (id) => jobs.read(id)));
  const shown = (found: Sought): unknown =>
    typeof found === "object" ? [found.status, found.output ?? found.error] : found;

  it("answers each with its own end, out of the word that brings it and without another read", async () => {
    await using away1 = await gateway({ reads: away() });
    const ids = await jobs.accept(texts("a", "b", "c"));
    const waits = (await queuedViews(ids)).map(async (view) => wait(away1.waiter, view));
    const desk = new PackDesk(redis, lane);
    const [pack = ""] = await desk.take();
    await jobs.cancel(ids[1]);
    await desk.settle(pack, "SSF");
    const [a, b, c] = (await Promise.all(waits)).map((found) => shown(found));
    assert.deepEqual(
      [a, c],
      [
        ["succeeded", '{"a":1}'],
        ["failed", '{"code":"internal"}'],
      ],
    );
    assert.match(JSON.stringify(b), /canceled/);
  });

  it("tells an end as a later look does", async () => {
    await using there = await gateway();
    const ids = await jobs.accept(texts("a", "b"));
    const [queued] = await queuedViews(ids);
    assert.ok(queued !== undefined);
    const found = wait(there.waiter, queued);
    const desk = new PackDesk(redis, lane);
    const [pack = ""] = await desk.take();
    await desk.settle(pack, "SS");
    const ended = await found;
    assert.ok(typeof ended === "object");
    const { expiresAtMs: told = 0, ...answer } = ended;
    const { expiresAtMs: later = 0, ...read } = await jobs.read(ids[0]);
    assert.deepEqual(answer, read);
    assert.ok(Math.abs(later - told) < 2000);
  });

  it("looks for a large output, which does not travel with the word", async () => {
    await using there = await gateway();
    const ids = await jobs.accept(texts("a"));
    const [queued] = await queuedViews(ids);
    assert.ok(queued !== undefined);
    const found = wait(there.waiter, queued);
    const desk = new PackDesk(redis, lane);
    const [pack = ""] = await desk.take();
    const body = JSON.stringify("x".repeat(9000));
    await desk.settle(pack, [{ status: "succeeded", body, metrics: undefined }]);
    const job = await found;
    assert.ok(typeof job === "object");
    assert.equal(job.largeOutput?.bytes, 9002);
  });

  it("finds the end of a job that moved out while it was waited for", async () => {
    await using there = await gateway();
    const ids = await jobs.accept(texts("a", "b"));
    const waits = (await queuedViews(ids)).map(async (view) => wait(there.waiter, view));
    for (let death = 0; death < 2; death += 1) {
      const dying = new PackDesk(redis, lane, 1);
      assert.equal((await dying.take()).length, 1);
      await until("its lease is over", async () => {
        const reaped = await reapRuns(redis, new Shifts(redis));
        return reaped.runs > 0;
      });
    }
    const desk = new PackDesk(redis, lane);
    for (const id of ids) {
      assert.deepEqual(await desk.take(), [ownPackOf(id)]);
      await desk.settle(ownPackOf(id), "S");
    }
    const ends = (await Promise.all(waits)).map((found) => shown(found));
    assert.deepEqual(ends, [
      ["succeeded", '{"a":1}'],
      ["succeeded", '{"a":1}'],
    ]);
  });

  it("is right without a word, by the look that comes every other second", async () => {
    await using deaf = await gateway({ hears: false });
    const ids = await jobs.accept(texts("a"));
    const [queued] = await queuedViews(ids);
    assert.ok(queued !== undefined);
    const found = wait(deaf.waiter, queued);
    const desk = new PackDesk(redis, lane);
    const [pack = ""] = await desk.take();
    await desk.settle(pack, "S");
    assert.deepEqual(shown(await found), ["succeeded", '{"a":1}']);
  });

  it("wakes who follows one job, and puts nobody down twice", async () => {
    await using there = await gateway();
    const ids = await jobs.accept(texts("a", "b"));
    const { signal } = new AbortController();
    const follow = async (id = "") => there.waiter.follow(id, "default", 60_000, signal);
    const both = [follow(ids[0]), follow(ids[0])];
    const { waiters } = packFields.letters;
    const pack = packOf(ids[0] ?? "");
    await until("both wait", () => there.waiter.size === 2);
    await jobs.cancel(ids[0]);
    for (const found of await Promise.all(both)) {
      assert.ok(typeof found === "object" && found.status === "canceled");
    }
    assert.equal(await redis.hget(keys.pack(pack), waiters), GATEWAY);
  });

  describe("that its POST takes along", () => {
    const isTaken = async (id = ""): Promise<boolean> =>
      (await redis.hget(keys.pack(packOf(id)), packFields.letters.isTaken)) === "1";

    it("is kept for minutes, and says so", async () => {
      await using there = await gateway();
      const [id = ""] = await jobs.accept(texts("a"), true);
      const found = wait(there.waiter, await jobs.read(id), { takes: true });
      const desk = new PackDesk(redis, lane);
      const [pack = ""] = await desk.take();
      await desk.settle(pack, "S");
      const job = await found;
      assert.ok(typeof job === "object");
      assert.equal((job.expiresAtMs ?? 0) - (job.endedAtMs ?? 0), 300_000);
      assert.ok((await redis.ttl(keys.pack(pack))) <= 300);
    });

    it("is kept as any other when the wait ends first, or its client goes", async () => {
      await using there = await gateway();
      const waits: Partial<CreatorWait>[] = [{ waitMs: 1 }, { signal: AbortSignal.abort() }];
      for (const more of waits) {
        const [id = ""] = await jobs.accept(texts("a"), true);
        assert.equal(await isTaken(id), true);
        await wait(there.waiter, await jobs.read(id), { takes: true, ...more });
        assert.equal(await isTaken(id), false);
      }
    });
  });
});
