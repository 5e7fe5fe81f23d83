import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import type { Redis } from "ioredis";
import type { Lane } from "../../shared/lane.ts";
import { createLogger } from "../../shared/log.ts";
import { labelJob } from "../../shared/pack/label.ts";
import { readJobs } from "../../shared/pack/read.ts";
import { Run, type Settle } from "../../shared/pack/run.ts";
import {
  countPair,
  DISAGREEMENTS_MAX,
  dropShadow,
  endedShadows,
  postponeShadow,
  readCounters,
  readDisagreements,
  resetComparison,
  type ComparisonName,
} from "../../shared/shadow/comparisons.ts";
import { countTruth, type Truth } from "../../shared/shadow/truth.ts";
import { packParent, SHADOW_TENANT, type ShadowEnd } from "../../shared/shadow/parent.ts";
import { acceptPacks, newPack } from "../support/accepted.ts";
import { testIds } from "../support/jobs.ts";
import { outcomes } from "../support/raw-packs.ts";
import { TestRedis } from "../support/redis.ts";
import { keys } from "../support/redis-keys.ts";
import { runTwice } from "../support/run-twice.ts";

const lane: Lane = { model: "m@2", class: "shadow" };
const names = { endpoint: "faq", variant: "blue", shadow: "next" };
const comparison: ComparisonName = { ...names, live: "m@1", candidate: "m@2" };
const increments = new Map([["fn", 1]]);

describe("shadows in Redis", () => {
  let server: TestRedis;
  let redis: Redis;
  before(async () => {
    server = await TestRedis.start();
    redis = server.client();
  });
  after(async () => server[Symbol.asyncDispose]());
  beforeEach(async () => redis.flushall());

  const parent = () => ({
    ...names,
    id: testIds.create("job", "default", Date.now()),
    tenant: "default",
    pipeline: "tensor",
  });

  const accepts = async (count: number) => {
    const parents = Array.from({ length: count }, parent);
    const jobs = parents.map((one) => ({ tenant: SHADOW_TENANT, parent: packParent(one) }));
    const pack = newPack(lane, jobs);
    await runTwice(redis, async () => acceptPacks(redis, lane, [pack]));
    return { pack, parents };
  };

  /** Takes all there is in the lane and ends it, each turn sent twice. */
  async function runAll(letters: string, of = lane): Promise<void> {
    const shifts = { add: async (): Promise<void> => {} };
    const logger = createLogger("worker", "silent");
    const run = new Run({ redis, shifts, listener: () => "w", leaseMs: 60_000, logger });
    const wanted = { lane: of, rows: 32, woken: true, attends: 32 };
    const { packs } = await run.turn(wanted, []);
    const ends = packs.map(({ name, attempt }): Settle => ({
      pack: name,
      attempt,
      first: 0,
      outcomes: outcomes(letters),
    }));
    for (let i = 0; i < 2; i += 1) await run.turn(undefined, ends);
  }

  const ended = async (): Promise<readonly ShadowEnd[]> => (await endedShadows(redis, 100)).ends;

  async function endOne(): Promise<ShadowEnd> {
    await accepts(1);
    await runAll("S");
    const [end] = await ended();
    assert.ok(end !== undefined);
    return end;
  }

  it("wake no pool, and stand in no tenant's listing or count", async () => {
    await accepts(2);
    assert.equal(await redis.exists(keys.recent(lane.model)), 0);
    const counts = [keys.tenant("default:jobs"), keys.tenant("default:bytes")];
    assert.equal(await redis.exists(keys.jobs("default"), ...counts), 0);
  });

  it("are to be compared once they have ended, each once, with what they stand beside", async () => {
    const { parents } = await accepts(3);
    assert.deepEqual(await ended(), []);
    await runAll("SFS");
    assert.deepEqual(
      (await ended()).map((end) => end.parent),
      parents,
    );
  });

  it("leave jobs of other lanes alone", async () => {
    const live: Lane = { ...lane, class: "interactive" };
    await acceptPacks(redis, live, [newPack(live, [{}])]);
    await runAll("");
    assert.equal(await redis.exists(keys.shadowEnds), 0);
  });

  it("count as a pair once, whoever counts it", async () => {
    const end = await endOne();
    const disagreement = { job: end.parent.id, tenant: "default", difference: "/x", atMs: 1 };
    const count = async () => countPair(redis, { end, comparison, increments, disagreement });
    await runTwice(redis, count);
    assert.equal((await count()).isCounted, false);
    assert.equal((await readCounters(redis, comparison)).failed.neither, 1);
    assert.deepEqual(await readDisagreements(redis, comparison), [disagreement]);
    await runTwice(redis, async () => resetComparison(redis, comparison));
    assert.equal((await readCounters(redis, comparison)).failed.neither, 0);
  });

  it("count who was right by the last label, once, whether it comes before the pair or behind", async () => {
    const live: Lane = { model: "m@1", class: "interactive" };
    const pack = newPack(live, [{}]);
    await acceptPacks(redis, live, [pack]);
    const id = testIds.jobId(pack.name, 0, "default");
    const one = { ...parent(), id };
    const shadows = newPack(
      lane,
      [1, 2].map(() => ({ tenant: SHADOW_TENANT, parent: packParent(one) })),
    );
    await acceptPacks(redis, lane, [shadows]);
    await runAll("SS");
    await runAll("S", live);
    const [first, second] = await ended();
    assert.ok(first !== undefined && second !== undefined);
    const [job] = await readJobs(redis, "", [{ id, tenant: "default", mode: "read" }]);
    assert.ok(typeof job === "object");
    const via = { endpoint: "faq", variant: "blue" };
    const truthOf = async (text: string): Promise<Truth> => {
      const said = { job: { ...job, via }, label: text, outcome: "unknown" } as const;
      const { compared } = await labelJob(redis, said);
      return { live: { ...job, via }, pipeline: "tensor", label: text, compared };
    };
    const label = async (text: string): Promise<void> => {
      const truth = await truthOf(text);
      await runTwice(redis, async () => countTruth(redis, truth));
    };
    const count = async (end: ShadowEnd) =>
      countPair(redis, { end, comparison, increments, disagreement: undefined });
    const wrong = async () => (await readCounters(redis, comparison)).wrong;
    assert.deepEqual(await count(first), { isCounted: true, label: undefined });
    await label('"no such output"');
    assert.deepEqual(await wrong(), { neither: 0, live: 0, candidate: 0, both: 1 });
    await label(job.output ?? "");
    assert.deepEqual(await wrong(), { neither: 1, live: 0, candidate: 0, both: 0 });
    assert.deepEqual(await count(second), { isCounted: true, label: job.output });
    await label(job.output ?? "");
    assert.deepEqual(await wrong(), { neither: 2, live: 0, candidate: 0, both: 0 });
    await resetComparison(redis, comparison);
    await countTruth(redis, await truthOf('"other"'));
    assert.deepEqual(await wrong(), { neither: 0, live: 0, candidate: 0, both: 0 }, "forgotten");
  });

  it("count no label of a pair from before a comparison began anew", async () => {
    const live: Lane = { model: "m@1", class: "interactive" };
    const packs = [newPack(live, [{}]), newPack(live, [{}])];
    await acceptPacks(redis, live, packs);
    const parents = packs.map(({ name }) => ({
      ...parent(),
      id: testIds.jobId(name, 0, "default"),
    }));
    const shadows = parents.map((one) => ({ tenant: SHADOW_TENANT, parent: packParent(one) }));
    await acceptPacks(redis, lane, [newPack(lane, shadows)]);
    await runAll("SS");
    for (const _ of packs) await runAll("S", live);
    const ends = await ended();
    const asked = parents.map(({ id }) => ({ id, tenant: "default", mode: "read" as const }));
    const jobs = await readJobs(redis, "", asked);
    const via = { endpoint: "faq", variant: "blue" };
    const label = async (i: number, text: string): Promise<void> => {
      const job = jobs[i];
      assert.ok(typeof job === "object");
      const said = { job: { ...job, via }, label: text, outcome: "unknown" } as const;
      const { compared } = await labelJob(redis, said);
      await countTruth(redis, {
        live: { ...job, via },
        pipeline: "tensor",
        label: text,
        compared,
      });
    };
    const count = async (i: number): Promise<void> => {
      const end = ends.find((one) => one.parent.id === parents[i]?.id);
      assert.ok(end !== undefined);
      await countPair(redis, { end, comparison, increments, disagreement: undefined });
    };
    const wrong = async () => (await readCounters(redis, comparison)).wrong;
    await count(0);
    await resetComparison(redis, comparison);
    await count(1);
    await label(0, '"no such output"');
    assert.deepEqual(await wrong(), { neither: 0, live: 0, candidate: 0, both: 0 }, "before");
    await label(1, '"no such output"');
    assert.deepEqual(await wrong(), { neither: 0, live: 0, candidate: 0, both: 1 }, "since");
  });

  it("that are dropped count as nothing, and one that is dropped is not looked at later", async () => {
    const end = await endOne();
    assert.equal(await dropShadow(redis, end), true);
    assert.equal(await dropShadow(redis, end), false);
    await postponeShadow(redis, end, Date.now() - 1);
    assert.deepEqual(await ended(), []);
    const pair = { end, comparison, increments, disagreement: undefined };
    assert.equal((await countPair(redis, pair)).isCounted, false);
  });

  it("are looked at again when their time comes", async () => {
    const end = await endOne();
    await postponeShadow(redis, end, Date.now() + 600_000);
    assert.deepEqual(await ended(), []);
    await postponeShadow(redis, end, 1);
    assert.deepEqual(await ended(), [end]);
  });

  it("leave the last disagreements", async () => {
    const MORE = 5;
    for (let i = 0; i < DISAGREEMENTS_MAX + MORE; i += 1) {
      const one = parent();
      const member = `job_${i} ${packParent(one)}`;
      await redis.zadd(keys.shadowEnds, 1, member);
      const disagreement = { job: one.id, tenant: "default", difference: String(i), atMs: i };
      const end = { member, id: `job_${i}`, parent: one };
      const { isCounted } = await countPair(redis, { end, comparison, increments, disagreement });
      assert.equal(isCounted, true);
    }
    const kept = await readDisagreements(redis, comparison);
    assert.deepEqual(
      [kept.length, kept[0]?.atMs, kept.at(-1)?.atMs],
      [DISAGREEMENTS_MAX, DISAGREEMENTS_MAX + MORE - 1, MORE],
    );
  });
});
