import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import type { Redis } from "ioredis";
import { packOf } from "../../shared/id.ts";
import type { JobView, Sought } from "../../shared/job/view.ts";
import { listJobs } from "../../shared/pack/list.ts";
import { readJobs, type ReadMode } from "../../shared/pack/read.ts";
import { packFields } from "../../shared/pack/record.ts";
import { ListingTrim } from "../../shared/redis/listing.ts";
import { atTime } from "../../shared/redis/script.ts";
import { testIds } from "../support/jobs.ts";
import { segmentText, writePack } from "../support/packs.ts";
import { keys } from "../support/redis-keys.ts";
import { TestRedis } from "../support/redis.ts";
import { runTwice } from "../support/run-twice.ts";

describe("reading jobs of a pack", () => {
  let server: TestRedis;
  let redis: Redis;
  before(async () => {
    server = await TestRedis.start();
    redis = server.client();
  });
  after(async () => server[Symbol.asyncDispose]());
  beforeEach(async () => redis.flushall());

  const read = async (
    ids: readonly string[],
    tenant = "a",
    mode: ReadMode = "read",
  ): Promise<readonly Sought[]> =>
    readJobs(
      redis,
      "g1",
      ids.map((id) => ({ id, tenant, mode })),
    );
  const statusOf = (job: Sought): string | undefined =>
    typeof job === "object" ? job.status : job;
  const shown = (job: Sought): JobView => {
    assert.ok(typeof job === "object");
    return job;
  };
  const ofTenant = (count: number, tenant = "a"): readonly string[] =>
    Array.from({ length: count }, () => tenant);

  it("tells each job by its own state, when a pack has every state in it", async () => {
    const name = testIds.packName(Date.now());
    const ids = await writePack(redis, {
      name,
      tenants: ofTenant(8),
      states: "WSFCXDMN",
      segments: { 1: segmentText(1, "SF---", ['"out"', '{"p":1}', "", "", ""]) },
      ends: { 3: segmentText(3, "C", ['{"p":"c"}']), 4: segmentText(4, "X", ['{"p":"x"}']) },
      fields: { segments: "1" },
    });
    await writePack(redis, {
      name: `${name}6`,
      tenants: ["a"],
      states: "W",
      fields: { run: "r1", startedAtMs: 2_500_000, attempt: 3 },
    });
    const jobs = await read(ids);
    assert.deepEqual(jobs.map(statusOf), [
      "queued",
      "succeeded",
      "failed",
      "canceled",
      "expired",
      "deleted",
      "running",
      undefined,
    ]);
    const [, succeeded, failed, canceled, expired, , moved] = jobs;
    assert.deepEqual(
      [succeeded, failed, canceled, expired].map((job) => [shown(job).output, shown(job).error]),
      [
        ['"out"', undefined],
        [undefined, '{"p":1}'],
        [undefined, '{"p":"c"}'],
        [undefined, '{"p":"x"}'],
      ],
    );
    assert.equal(shown(moved).attempt, 3);
    assert.equal(shown(succeeded).metrics, '{"total_ms":1}');
    assert.equal(shown(succeeded).startedAtMs, 2_000_000);
    assert.equal(shown(succeeded).endedAtMs, 3_000_000);
  });

  it("finds an end that a later one goes around", async () => {
    const ids = await writePack(redis, {
      tenants: ofTenant(4),
      states: "SXSX",
      segments: {
        0: segmentText(0, "S-S", ['"a"', "", '"c"']),
        1: segmentText(1, "X-X", ['{"p":"b"}', "", '{"p":"d"}']),
      },
      fields: { segments: "0 1" },
    });
    assert.deepEqual(
      (await read(ids)).map((job) => shown(job).output ?? shown(job).error),
      ['"a"', '{"p":"b"}', '"c"', '{"p":"d"}'],
    );
  });

  it("finds a job that has moved out when the pack it left has expired", async () => {
    const name = testIds.packName(Date.now());
    const [, id = ""] = await writePack(redis, { name, tenants: ["b", "a"], states: "SM" });
    await writePack(redis, { name: `${name}1`, tenants: ["a"], states: "W" });
    await redis.del(keys.pack(name));
    assert.deepEqual((await read([id])).map(statusOf), ["queued"]);
  });

  it("opens nothing of a neighbour, in a pack of 32 tenants", async () => {
    const tenants = Array.from({ length: 32 }, (_, i) => `tenant-${i}`);
    const outputs = tenants.map((tenant) => `"secret of ${tenant}"`);
    const ids = await writePack(redis, {
      tenants,
      states: "S".repeat(32),
      segments: { 0: segmentText(0, "S".repeat(32), outputs) },
    });
    for (const [i, tenant] of tenants.entries()) {
      const found = await read(ids, tenant);
      const own = found.filter((job) => job !== undefined).map((job) => shown(job).output);
      assert.deepEqual(own, [outputs[i]]);
    }
  });

  it("notes no neighbour as one who waits", async () => {
    const [id = ""] = await writePack(redis, { tenants: ["a", "b"], states: "WW" });
    await read([id], "b", "wait");
    assert.equal(await redis.hget(keys.pack(packOf(id)), packFields.letters.waiters), null);
  });

  it("notes once who waits, and who follows", async () => {
    const ids = await writePack(redis, { tenants: ofTenant(2), states: "WW" });
    for (const mode of ["wait", "wait", "follow"] as const) await read(ids, "a", mode);
    const waiters = await redis.hget(keys.pack(packOf(ids[0] ?? "")), packFields.letters.waiters);
    assert.equal(waiters, "g1 +g1");
  });

  it("counts who is ahead by the numbers of the lane", async () => {
    const ids = await writePack(redis, {
      tenants: ofTenant(3),
      states: "WWW",
      fields: { number: 7 },
    });
    await redis.hset(keys.flow({ model: "m@1", class: "interactive" }), "no", 8);
    assert.deepEqual(
      (await read(ids)).map((job) => shown(job).ahead),
      [0, 0, 1],
    );
  });

  it("answers a large output by where it is", async () => {
    const [small = "", large = ""] = await writePack(redis, {
      tenants: ofTenant(2),
      states: "SS",
      segments: { 0: segmentText(0, "SS", ['"small"', { largeBytes: 8_000_000 }]) },
    });
    const jobs = await read([small, large]);
    assert.deepEqual(
      jobs.map((job) => [shown(job).output, shown(job).largeOutput]),
      [
        ['"small"', undefined],
        [undefined, { key: `${keys.pack(packOf(large))}:out1`, bytes: 8_000_000 }],
      ],
    );
    const listed = await read([small, large], "a", "list");
    for (const job of listed) {
      assert.equal(shown(job).output, undefined);
      assert.equal(shown(job).largeOutput, undefined);
    }
  });

  describe("in a listing", () => {
    const list = async (pageSize: number, tenant = "a"): Promise<readonly string[]> => {
      const ids: string[] = [];
      for (;;) {
        const last = ids.at(-1);
        const window = {
          after: last === undefined ? undefined : { id: last, createdAtMs: 5000 },
          createdAfterMs: undefined,
          createdBeforeMs: undefined,
          count: pageSize,
        };
        const page = await listJobs(redis, tenant, window);
        ids.push(...page.map(({ id }) => id));
        if (page.length < pageSize) return ids;
      }
    };

    it("is trimmed of packs that have expired, and of no other", async () => {
      const [gone, there] = [testIds.packName(5000), testIds.packName(5000)];
      await writePack(redis, { name: there, tenants: ["a", "b"], states: "SS" });
      await redis.sadd(keys.tenants, "a");
      await redis.zadd(keys.jobs("a"), 5000, `${gone}:01`, 5000, `${there}:0`);
      await runTwice(redis, async () => new ListingTrim(redis).sweep());
      assert.deepEqual(await redis.zrange(keys.jobs("a"), "0", "-1"), [`${there}:0`]);
    });

    it("is trimmed of what is kept for different times, soon after certain ages", async () => {
      const MINUTE_MS = 60_000;
      /** How long a record is there, and how old its member is at most when it goes. */
      const times = [
        [1, 1.25],
        [5, 5.5],
        [25, 66],
        [60, 66],
        [150, 240],
      ].map(([life = 0, most = 0]) => ({ lifeMs: life * MINUTE_MS, mostMs: most * MINUTE_MS }));
      const startMs = 1_700_000_000_000;
      let nowMs = startMs;
      const trim = new ListingTrim(atTime(redis, () => nowMs));
      const packs = new Map<string, { createdMs: number; lifeMs: number; mostMs: number }>();
      const alive = new Set<string>();
      const add = async (): Promise<void> => {
        const name = testIds.packName(nowMs);
        const [time = { lifeMs: 0, mostMs: 0 }] = times.slice(packs.size % times.length);
        packs.set(name, { createdMs: nowMs, ...time });
        alive.add(name);
        await redis.hset(keys.pack(name), "v", "2");
        await redis.zadd(keys.jobs("a"), nowMs, name);
      };
      await redis.sadd(keys.tenants, "a");
      for (let i = 0; i < 1500; i += 1) await add(); // before this courier begins
      for (; nowMs < startMs + 250 * MINUTE_MS; nowMs += 2000) {
        if (nowMs % 20_000 === 0) await add();
        for (const name of alive) {
          const { createdMs = 0, lifeMs = 0 } = packs.get(name) ?? {};
          if (createdMs + lifeMs > nowMs) continue;
          alive.delete(name);
          await redis.unlink(keys.pack(name));
        }
        await trim.sweep();
        if (nowMs % MINUTE_MS !== 0) continue;
        const members = new Set(await redis.zrange(keys.jobs("a"), "0", "-1"));
        for (const name of alive) assert.ok(members.has(name), "what is there stays");
        for (const name of members) {
          const { createdMs = 0, mostMs = 0 } = packs.get(name) ?? {};
          // It rests for up to ten sweeps.
          assert.ok(nowMs - createdMs <= mostMs + 30_000, `${(nowMs - createdMs) / MINUTE_MS} min`);
        }
      }
      const scripts = async (): Promise<number> => {
        const stats = await redis.info("commandstats");
        return Number(/cmdstat_evalsha:calls=(\d+)/.exec(stats)?.[1]);
      };
      const earlier = await scripts();
      for (let sweep = 0; sweep < 100; sweep += 1) await trim.sweep();
      // Five listings, each every six to ten sweeps.
      const looks = (await scripts()) - earlier;
      assert.ok(looks >= 5 * 9 && looks <= 5 * 18, `${looks}`);
    });

    it("shows a tenant its own jobs of each pack once, whatever the size of pages", async () => {
      const packs: (readonly string[])[] = [];
      for (let i = 0; i < 3; i += 1) {
        const name = testIds.packName(5000);
        packs.push(await writePack(redis, { name, tenants: ["a", "b", "a"], states: "WDM" }));
        await redis.zadd(keys.jobs("a"), 5000, `${name}:02`);
        await redis.zadd(keys.jobs("b"), 5000, `${name}:1`);
      }
      const whole = testIds.packName(5000);
      packs.push(await writePack(redis, { name: whole, tenants: ofTenant(3), states: "WSN" }));
      await redis.zadd(keys.jobs("a"), 5000, whole);
      const wanted = packs
        .flatMap(([a = "", b = "", c = ""], i) => (i < 3 ? [a, c] : [a, b]))
        .toSorted((a, b) => (a < b ? 1 : -1));
      for (const size of [1, 2, 3, 100]) assert.deepEqual(await list(size), wanted);
      assert.deepEqual(await list(10, "b"), []);
    });
  });
});
