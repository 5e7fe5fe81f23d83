import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import type { Redis } from "ioredis";
import { hashSecret } from "../../shared/access/token.ts";
import { failure } from "../../shared/job/outcome.ts";
import { accept, packDispatches, type Quota } from "../../shared/queue/accept.ts";
import { createKey, markUsed, revokeKey, setHash } from "../../shared/queue/access-keys.ts";
import { fetchJobs, releaseJobs } from "../../shared/queue/fetch.ts";
import { keys, type Lane } from "../../shared/queue/keys.ts";
import { readJobs } from "../../shared/queue/read.ts";
import { settleAll } from "../../shared/queue/settle.ts";
import { dump } from "../support/dump.ts";
import { newJob, quota } from "../support/jobs.ts";
import { anyKey } from "../support/keys.ts";
import { TestRedis } from "../support/redis.ts";

const lane: Lane = { model: "m@1", class: "interactive" };

/** ioredis sends a command again when its reply was lost: every script must bear that. */
describe("a script that is run twice with the same arguments", () => {
  let server: TestRedis;
  let redis: Redis;
  before(async () => {
    server = await TestRedis.start();
    redis = server.client();
  });
  after(async () => server[Symbol.asyncDispose]());
  beforeEach(async () => redis.flushall());

  async function changesNothingTheSecondTime(run: () => Promise<unknown>): Promise<void> {
    const empty = await dump(redis);
    await run();
    const once = await dump(redis);
    assert.notDeepEqual(once, empty, "the first run does something");
    await run();
    assert.deepEqual(await dump(redis), once);
  }

  const jobs = [newJob(lane), newJob(lane, "x".repeat(9000)), newJob(lane)];
  const dispatches = packDispatches(lane, jobs, 2);
  const acceptWith = async (limits: Partial<Quota>): Promise<string[]> => {
    const options = { lane, jobs, dispatches, quota: quota(limits), nowMs: 1000 };
    return (await accept(redis, options)).map(({ kind }) => kind);
  };
  const acceptAll = async (): Promise<string[]> => acceptWith({});
  const claim = async (): Promise<void> => {
    for (const job of jobs) await redis.set(keys.input(job.id), job.payload, "EX", 600);
  };

  it("accept", async () => {
    await claim();
    await changesNothingTheSecondTime(acceptAll);
    assert.equal(await redis.llen(keys.load(lane)), 3);
    assert.deepEqual(await acceptAll(), ["accepted", "accepted", "accepted"]);
  });

  it("accept, with the lane full", async () => {
    await claim();
    const run = async (): Promise<string[]> => acceptWith({ laneJobs: 2 });
    await changesNothingTheSecondTime(run);
    assert.deepEqual(await run(), ["accepted", "accepted", "queue_full"]);
  });

  it("accept, after the dispatch has been sent and its mark cleared", async () => {
    await claim();
    await acceptAll();
    await redis.del(keys.undispatched);
    await acceptAll();
    assert.equal(await redis.exists(keys.undispatched), 0);
  });

  it("fetch", async () => {
    await claim();
    await acceptAll();
    const ids = jobs.map((job) => job.id);
    await changesNothingTheSecondTime(async () =>
      fetchJobs(redis, { lane, ids, token: "run-1" }, 2000),
    );
    const again = await fetchJobs(redis, { lane, ids, token: "run-1" }, 2000);
    assert.deepEqual(
      again.jobs.map((job) => job.attempt),
      [1, 1, 1],
    );
    const after2 = await fetchJobs(redis, { lane, ids, token: "run-2" }, 3000);
    assert.deepEqual(
      after2.jobs.map((job) => job.attempt),
      [2, 2, 2],
      "another run is another attempt",
    );
  });

  it("release", async () => {
    await claim();
    await acceptAll();
    const ids = jobs.map((job) => job.id);
    await fetchJobs(redis, { lane, ids, token: "run-1" }, 2000);
    await changesNothingTheSecondTime(async () =>
      releaseJobs(redis, { lane, ids, token: "run-1" }),
    );
  });

  it("settle", async () => {
    await claim();
    await acceptAll();
    const ids = jobs.map((job) => job.id);
    await fetchJobs(redis, { lane, ids, token: "run-1" }, 2000);
    const [one = "", two = "", three = ""] = ids;
    const settlements = [
      {
        id: one,
        lane,
        attempt: 1,
        outcome: { status: "succeeded", body: '{"a":1}', metrics: undefined },
      },
      { id: two, lane, attempt: 1, outcome: failure(new Error("no")) },
      { id: three, lane, attempt: 7, outcome: failure(new Error("late")) },
    ] as const;
    const run = async (): Promise<string[]> => settleAll(redis, settlements, 3000);
    await changesNothingTheSecondTime(run);
    assert.deepEqual(await run(), ["late", "late", "late"]);
    assert.equal(await redis.llen(keys.load(lane)), 1);
    assert.deepEqual(await redis.zrange(keys.outstanding(lane), "0", "-1"), [three]);
  });

  it("read", async () => {
    await claim();
    await acceptAll();
    const ids = jobs.map((job) => job.id);
    await changesNothingTheSecondTime(async () =>
      readJobs(
        redis,
        "g2",
        ids.map((id) => ({ id, mode: "wait" })),
      ),
    );
    assert.equal(await redis.hget(keys.job(ids[0] ?? ""), "w"), "g1 g2");
  });

  it("key-create", async () => {
    const key = anyKey();
    await changesNothingTheSecondTime(async () => createKey(redis, key));
    assert.equal(await createKey(redis, { ...key, tenant: "another" }), false);
  });

  it("key-regenerate", async () => {
    const key = anyKey();
    await createKey(redis, key);
    const hash = hashSecret("another");
    await changesNothingTheSecondTime(async () => setHash(redis, key.id, "secondary", hash));
    assert.equal(await setHash(redis, "key_none", "primary", hash), false);
    assert.equal(await redis.exists(keys.accessKey("key_none")), 0);
  });

  it("key-revoke", async () => {
    const [key, other] = [anyKey(), anyKey()];
    for (const one of [key, other]) await createKey(redis, one);
    const revoke = async (): Promise<string> => revokeKey(redis, key.id, 1000);
    await changesNothingTheSecondTime(revoke);
    assert.equal(await revoke(), "missing");
    assert.equal(await revokeKey(redis, other.id, 1000), "last_admin");
  });

  it("key-used", async () => {
    const key = anyKey();
    await createKey(redis, key);
    await changesNothingTheSecondTime(async () => markUsed(redis, key.id, 2000));
    await markUsed(redis, key.id, 1500);
    assert.equal(await redis.hget(keys.accessKey(key.id), "ua"), "2000");
    await markUsed(redis, "key_none", 2000);
    assert.equal(await redis.exists(keys.accessKey("key_none")), 0);
  });
});
