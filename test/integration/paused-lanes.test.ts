import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import type { Redis } from "ioredis";
import { createBatch, moveBatch, readBatches } from "../../shared/batch/batches.ts";
import type { Lane } from "../../shared/lane.ts";
import { readFlow } from "../../shared/lane/flow.ts";
import { mendShifts } from "../../shared/lane/mend-shifts.ts";
import { pauseLane, resumeLane } from "../../shared/lane/pause.ts";
import { createLogger } from "../../shared/log.ts";
import { lookAfterPauses } from "../../shared/pack/after-pause.ts";
import { endOverdue } from "../../shared/pack/due.ts";
import { mendLoads } from "../../shared/pack/load-mend.ts";
import { purgeLane, type Purged } from "../../shared/pack/purge.ts";
import { reapRuns } from "../../shared/pack/reap.ts";
import { Run, type Turned } from "../../shared/pack/run.ts";
import { atTime } from "../../shared/redis/script.ts";
import { acceptPacks, newPack } from "../support/accepted.ts";
import { testLimits } from "../support/jobs.ts";
import { PackJobs, texts } from "../support/pack-jobs.ts";
import { queueBatch, rowItem } from "../support/queued-batch.ts";
import { outcomes } from "../support/raw-packs.ts";
import { keys } from "../support/redis-keys.ts";
import { TestRedis } from "../support/redis.ts";
import { runTwice } from "../support/run-twice.ts";
import { sendAgain, sendingBy, type Command } from "../support/sending.ts";

const lane: Lane = { model: "m@1", class: "bulk" };
const logger = createLogger("worker", "silent");
const START_MS = 1_000_000;
const problem = JSON.stringify({ code: "canceled" });

describe("a paused lane", () => {
  let server: TestRedis;
  let redis: Redis;
  let jobs: PackJobs;
  let shiftsAdded = 0;
  let nowMs = 0;
  /** What is sent next through it takes place so long after the start. */
  let timed: Redis;
  const at = (ms: number): Redis => {
    nowMs = START_MS + ms;
    return timed;
  };
  const shifts = { add: async (): Promise<void> => void (shiftsAdded += 1) };
  before(async () => {
    server = await TestRedis.start();
    redis = server.client();
    jobs = new PackJobs(redis, lane);
    timed = atTime(redis, () => nowMs);
  });
  after(async () => server[Symbol.asyncDispose]());
  beforeEach(async () => {
    await redis.flushall();
    shiftsAdded = 0;
  });

  const newRun = (client = redis): Run => new Run({ redis: client, shifts, leaseMs: 4000, logger });
  const take = async (run: Run, rows = 64): Promise<Turned> =>
    run.turn({ lane, rows, woken: true }, []);
  const purge = async (client = redis): Promise<Purged> =>
    purgeLane(client, { lane, problem, budgetMs: 10_000, onBroken: () => assert.fail("broken") });
  const counts = async (): Promise<object> => {
    const { load, depth, outstanding, running } = await readFlow(redis, lane, Date.now());
    return { load, depth, outstanding, running };
  };

  it("accepts and holds: no worker gets anything, and none is woken, until it goes on", async () => {
    await jobs.accept(texts("a", "b"));
    const { before: first, after: paused } = await pauseLane(redis, lane, false);
    assert.deepEqual([first, paused.refuses], [undefined, false]);
    await redis.hdel(keys.flow(lane), "sh");
    const ids = await jobs.accept(texts("c"));
    await queueBatch(redis, lane, [[rowItem("d"), rowItem("e")]]);
    assert.equal(await redis.hget(keys.flow(lane), "sh"), null, "nobody is on the way");
    const { packs, chunks, left } = await take(newRun());
    assert.deepEqual([packs, chunks, left], [[], [], 0]);
    assert.equal(await mendShifts(redis, shifts), 0);
    assert.deepEqual(await counts(), { load: 0, depth: 5, outstanding: 4, running: 0 });
    assert.equal((await resumeLane(redis, lane, shifts))?.sinceMs, paused.sinceMs);
    assert.equal(shiftsAdded, 1);
    assert.deepEqual(await counts(), { load: 5, depth: 5, outstanding: 4, running: 0 });
    const taken = await take(newRun());
    assert.deepEqual([taken.packs.length, taken.chunks.length], [2, 1]);
    assert.deepEqual(await jobs.statuses(ids), ["running"]);
  });

  it("is an empty one to a scaler, and what is counted is not mended", async () => {
    await jobs.accept(texts("a", "b", "c"));
    const run = newRun();
    await take(run, 1);
    await redis.del(keys.recent(lane.model));
    await pauseLane(redis, lane, false);
    await jobs.accept(texts("d"));
    await queueBatch(redis, lane, [[rowItem("e"), rowItem("f")]]);
    assert.deepEqual(await mendLoads(redis), []);
    assert.equal(await redis.exists(keys.load(lane), keys.recent(lane.model)), 0);
    assert.equal(await redis.llen(keys.held(lane)), 6);
    await redis.rpush(keys.held(lane), "1");
    await redis.rpush(keys.load(lane), "1");
    const [{ added, removed } = assert.fail()] = await mendLoads(redis);
    assert.deepEqual([added, removed], [0, 2], "drift is, in both");
    assert.equal(await redis.llen(keys.held(lane)), 6);
  });

  it("lets running packs end, and counts them off what it holds", async () => {
    await jobs.accept(texts("a", "b"));
    await jobs.accept(texts("c"));
    const run = newRun();
    const { packs } = await take(run, 2);
    await pauseLane(redis, lane, false);
    const [{ name } = assert.fail()] = packs;
    const settle = { pack: name, attempt: 1, first: 0, outcomes: outcomes("SF") };
    const { verdicts, left } = await run.turn({ lane, rows: 64, woken: false }, [settle]);
    assert.deepEqual([verdicts, left], [["SF"], 0]);
    assert.deepEqual(await counts(), { load: 0, depth: 1, outstanding: 1, running: 0 });
    await resumeLane(redis, lane, shifts);
    assert.deepEqual(await counts(), { load: 1, depth: 1, outstanding: 1, running: 0 });
  });

  it("answers the take that was under way as it was", async () => {
    await jobs.accept(texts("a"));
    let sent: Command = ["PING"];
    const run = newRun(
      sendingBy(redis, async (command, once) => {
        sent = command;
        return once();
      }),
    );
    const { packs } = await take(run);
    await pauseLane(redis, lane, false);
    const again = await sendAgain(redis, sent);
    assert.ok(JSON.stringify(again).includes(JSON.stringify(Buffer.from(packs[0]?.name ?? "x"))));
  });

  it("keeps what a lost worker had, and wakes nobody for it", async () => {
    const [id] = await jobs.accept(texts("a"));
    const run = newRun(at(0));
    await take(run);
    await pauseLane(redis, lane, false);
    await reapRuns(at(5000), shifts);
    assert.equal(shiftsAdded, 0);
    assert.deepEqual(await jobs.statuses([id ?? ""]), ["queued"]);
    assert.deepEqual((await take(newRun())).packs, []);
    await resumeLane(redis, lane, shifts);
    assert.equal((await take(newRun())).packs[0]?.attempt, 2);
  });

  it("refuses new work when it is told to, and binds no key to it", async () => {
    await jobs.accept(texts("a"));
    const [failed = ""] = await jobs.accept(texts("b"));
    await jobs.cancel(failed);
    const ended = await queueBatch(redis, lane, [[rowItem("d")]]);
    await moveBatch(redis, { id: ended, tenant: "default", move: "cancel", tenantBatches: 0 });
    await pauseLane(redis, lane, true);
    const idempotency = { scope: "default:k", fingerprint: "f" };
    const wanted = newPack(lane, [{ text: "c", idempotency }]);
    const [verdicts] = await acceptPacks(redis, lane, [wanted]);
    assert.deepEqual(verdicts, [{ kind: "paused" }]);
    assert.equal(await redis.exists(keys.pack(wanted.name), keys.idempotency("default:k")), 0);
    assert.equal(await jobs.retry(failed), "paused");
    const batch = { id: "bat_x", model: lane.model, class: "bulk", tenant: "default" } as const;
    const limits = { windowMs: 1000, retentionSeconds: 1, maxFailed: undefined };
    const none = { metadata: undefined, webhook: undefined, sinkAbove: undefined };
    const more = { parameters: "{}", isEager: false, keepsInputs: false, idempotency: undefined };
    assert.deepEqual(await createBatch(redis, { ...batch, ...none, ...more, limits }, 10), {
      kind: "paused",
    });
    assert.equal(await redis.exists(keys.batch("bat_x")), 0);
    const { before: refusing } = await pauseLane(redis, lane, false);
    assert.equal(refusing?.refuses, true);
    const [accepted] = await acceptPacks(redis, lane, [wanted]);
    assert.equal(accepted?.[0]?.kind, "accepted");
    assert.equal(await jobs.retry(failed), "accepted");
  });

  it("stops the time to start, and no other", async () => {
    const limits = { ...testLimits, startMs: 10_000, totalMs: 100_000 };
    const accept = async (ms: number): Promise<string> => {
      const pack = newPack(lane, [{ limits }]);
      await acceptPacks(at(ms), lane, [pack]);
      return pack.jobs[0]?.id ?? "";
    };
    const early = await accept(0);
    await pauseLane(at(4000), lane, false);
    const within = await accept(9000);
    // 4 s of the time of the first are gone, and none of the second's.
    assert.equal(await endOverdue(at(60_000)), 0);
    assert.deepEqual(await redis.zrange(keys.due, "0", "-1", "WITHSCORES"), [
      early.slice(4, 25),
      String(START_MS + 100_000),
      within.slice(4, 25),
      String(START_MS + 109_000),
    ]);
    assert.equal(await lookAfterPauses(at(61_000)), 0, "it is paused");
    await resumeLane(at(64_000), lane, shifts);
    assert.equal(await lookAfterPauses(at(64_100)), 2);
    assert.equal(await endOverdue(at(69_900)), 0);
    assert.equal(await endOverdue(at(70_100)), 1);
    assert.deepEqual(await jobs.statuses([early, within]), ["expired", "queued"]);
    // Paused once more: for that it did not begin anew.
    await pauseLane(at(73_000), lane, false);
    await resumeLane(at(75_000), lane, shifts);
    await lookAfterPauses(at(75_000));
    const { packs } = await newRun(at(75_900)).turn({ lane, rows: 1, woken: true }, []);
    assert.equal(packs.length, 1, "a worker takes what has time left");
    const last = await accept(76_000);
    await pauseLane(at(77_000), lane, false);
    assert.equal(await endOverdue(at(176_100)), 2, "the time in all goes on");
    const found = await jobs.read(last);
    assert.equal(found.status, "expired");
    assert.match(found.error ?? "", /deadline_exceeded/);
    assert.equal(await redis.zcard(keys.still(lane)), 0);
  });

  it("takes nothing whose time to start was over when it went on", async () => {
    const limits = { ...testLimits, startMs: 10_000 };
    const pack = newPack(lane, [{ limits }]);
    await acceptPacks(at(0), lane, [pack]);
    await pauseLane(at(9000), lane, false);
    await resumeLane(at(50_000), lane, shifts);
    const turn = async (ms: number): Promise<number> => (await take(newRun(at(ms)))).packs.length;
    assert.equal(await turn(51_100), 0);
    assert.equal(await endOverdue(at(51_100)), 1);
  });

  it("is paused, and goes on, the same when either is sent twice", async () => {
    await jobs.accept(texts("a"));
    await runTwice(redis, async () => pauseLane(at(0), lane, true));
    await runTwice(redis, async () => resumeLane(at(1000), lane, shifts));
    assert.equal(await redis.hget(keys.flow(lane), "ps"), "1000");
  });

  describe("or another one that is purged", () => {
    it("ends all that waits, batches too, and nothing that runs or came later", async () => {
      const [running] = [await jobs.accept(texts("run"))];
      await take(newRun(), 1);
      const waiting = await jobs.accept(texts("a", "b", "c"));
      const batch = await queueBatch(redis, lane, [[rowItem("d"), rowItem("e")], [rowItem("f")]]);
      const inFuture = atTime(redis, Date.now() + 60_000);
      const later = newPack(lane, texts("later"));
      await acceptPacks(inFuture, lane, [later]);
      assert.deepEqual(await purge(), { jobs: 3, items: 3, hasMore: false });
      assert.deepEqual(await jobs.statuses(waiting), ["canceled", "canceled", "canceled"]);
      const rest = [...running, later.jobs[0]?.id ?? ""];
      assert.deepEqual(await jobs.statuses(rest), ["running", "queued"]);
      const [found] = await readBatches(redis, "", [batch]);
      assert.ok(typeof found === "object");
      const { status, counts: of } = found;
      assert.deepEqual([status, of.canceled, of.queued, of.running], ["completed", 3, 0, 0]);
      assert.deepEqual(await counts(), { load: 2, depth: 2, outstanding: 2, running: 1 });
      assert.deepEqual(await mendLoads(redis), []);
      const flow = await redis.hgetall(keys.flow(lane));
      assert.equal(flow["bytes"], await redis.get(keys.tenant("default:bytes")));
      assert.equal(await redis.get(keys.tenant("default:jobs")), "2");
    });

    it("does so while it is paused, step by step", async () => {
      await pauseLane(redis, lane, false);
      for (let i = 0; i < 70; i += 1)
        await jobs.accept(texts(...Array.from({ length: 20 }, String)));
      let calls = 0;
      const counting = sendingBy(redis, async (_, once) => {
        calls += 1;
        return once();
      });
      assert.deepEqual(await purge(counting), { jobs: 1400, items: 0, hasMore: false });
      assert.equal(calls, 3, "no step ends more than 500 and a pack");
      assert.deepEqual(await counts(), { load: 0, depth: 0, outstanding: 0, running: 0 });
      assert.deepEqual(await purge(), { jobs: 0, items: 0, hasMore: false });
    });

    it("does a step once that is sent twice, and answers the same", async () => {
      for (let i = 0; i < 70; i += 1) await jobs.accept(texts("a"));
      const replies: unknown[] = [];
      const doubling = sendingBy(redis, async (_, once) => {
        replies.push(await once());
        replies.push(await once());
        return replies.at(-1);
      });
      assert.deepEqual(await purge(doubling), { jobs: 70, items: 0, hasMore: false });
      assert.deepEqual(replies[0], replies[1]);
      assert.deepEqual(replies[2], replies[3]);
    });
  });
});
