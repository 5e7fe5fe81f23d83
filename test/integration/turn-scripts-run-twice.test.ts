import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import type { Redis } from "ioredis";
import type { Lane } from "../../shared/lane.ts";
import { mendShifts } from "../../shared/lane/mend-shifts.ts";
import { createLogger } from "../../shared/log.ts";
import { putOutputs } from "../../shared/pack/ends.ts";
import { trimReady } from "../../shared/pack/ready-trim.ts";
import { reapRuns } from "../../shared/pack/reap.ts";
import { Run } from "../../shared/pack/run.ts";
import { atTime } from "../../shared/redis/script.ts";
import { outcomes, putPack } from "../support/raw-packs.ts";
import { keys } from "../support/redis-keys.ts";
import { TestRedis } from "../support/redis.ts";
import { runTwice } from "../support/run-twice.ts";
import { sendAgain, sendingBy, type Command } from "../support/sending.ts";

const lane: Lane = { model: "m@1", class: "interactive" };
const logger = createLogger("worker", "silent");
const shifts = { add: async (): Promise<void> => {} };
const take = { lane, rows: 2, woken: true };

/** A turn is sent again under its number: by a client, here, that sends whatever it is given as often as told. */
describe("a script of runs that is sent twice with the same arguments", () => {
  let server: TestRedis;
  let redis: Redis;
  let sent: Command;
  before(async () => {
    server = await TestRedis.start();
    redis = server.client();
  });
  after(async () => server[Symbol.asyncDispose]());
  beforeEach(async () => redis.flushall());

  const noting = (): Redis =>
    sendingBy(redis, async (command, once) => {
      sent = command;
      return once();
    });
  const newRun = (): Run => {
    const client = atTime(noting(), 1_000_000);
    return new Run({ redis: client, shifts, leaseMs: 4000, logger });
  };
  const put = async (jobs: number): Promise<string> =>
    putPack(redis, lane, { jobs, nowMs: 1_000_000 - 1000 });
  /** Does it by the product, and then again by what that has sent. */
  const changesNothingTheSecondTime = async (work: () => Promise<unknown>): Promise<void> => {
    let isFirst = true;
    await runTwice(redis, async () => {
      if (isFirst) await work();
      else await sendAgain(redis, sent);
      isFirst = false;
    });
  };

  it("turn", async () => {
    const [first, second] = [await put(2), await put(2)];
    await put(1);
    const run = newRun();
    await changesNothingTheSecondTime(async () => run.turn(take, []));
    const settle = { pack: first, attempt: 1, first: 0, outcomes: outcomes("SF") };
    await changesNothingTheSecondTime(async () => run.turn(take, [settle]));
    assert.equal(await redis.hget(keys.pack(first), "s"), "SF");
    assert.deepEqual(await redis.hkeys(keys.taken(run.id)), [second]);
  });

  it("put-output", async () => {
    const name = await put(1);
    const run = newRun();
    await run.turn(take, []);
    const [outcome] = outcomes("S", "x".repeat(9000));
    assert.ok(outcome !== undefined);
    const settle = { pack: name, attempt: 1, first: 0, outcomes: [outcome] };
    await runTwice(redis, async () => putOutputs(redis, run.id, settle));
    await run.turn(undefined, [settle]);
    const ttl = await redis.ttl(`${keys.pack(name)}:out0`);
    await putOutputs(redis, run.id, settle);
    assert.equal(await redis.ttl(`${keys.pack(name)}:out0`), ttl, "it is not put again afterwards");
  });

  it("beat, which gives back what is not held", async () => {
    await put(2);
    const run = newRun();
    await run.turn(take, []);
    await new Promise((resolve) => setImmediate(resolve));
    await changesNothingTheSecondTime(async () => run.beat([]));
    assert.equal(await redis.llen(keys.ready(lane)), 1);
  });

  it("release", async () => {
    const name = await put(2);
    const run = newRun();
    await run.turn(take, []);
    await changesNothingTheSecondTime(async () => run.release([name]));
    assert.equal(await redis.hget(keys.flow(lane), "running"), "0");
  });

  it("leave", async () => {
    await put(2);
    const run = newRun();
    await run.turn(take, []);
    await changesNothingTheSecondTime(async () => run.leave());
    assert.equal(await redis.exists(keys.runs, keys.taken(run.id)), 0);
  });

  it("reap", async () => {
    await put(2);
    await newRun().turn(take, []);
    await runTwice(redis, async () => reapRuns(atTime(redis, 1_004_000), shifts));
    assert.equal(await redis.llen(keys.ready(lane)), 1);
  });

  it("ready-trim", async () => {
    const name = await put(1);
    await put(1);
    await redis.hset(keys.pack(name), "s", "C");
    await runTwice(redis, async () => trimReady(redis));
    assert.equal(await redis.llen(keys.ready(lane)), 1);
  });

  it("mend-shifts", async () => {
    await put(1);
    await redis.hdel(keys.flow(lane), "sh");
    await runTwice(redis, async () => mendShifts(redis, shifts));
    assert.equal(await redis.hget(keys.flow(lane), "sh"), "1");
  });
});
