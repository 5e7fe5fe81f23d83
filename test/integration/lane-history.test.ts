import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Redis } from "ioredis";
import type { Lane } from "../../shared/lane.ts";
import { historyOf, readHistory, sampleLane, SLOT_MS, SLOTS } from "../../shared/lane/history.ts";
import { pauseLane } from "../../shared/lane/pause.ts";
import { atTime } from "../../shared/redis/script.ts";
import { acceptPacks, newPack } from "../support/accepted.ts";
import { PackJobs, texts } from "../support/pack-jobs.ts";
import { keys } from "../support/redis-keys.ts";
import { TestRedis } from "../support/redis.ts";
import { runTwice } from "../support/run-twice.ts";

const lane: Lane = { model: "m@1", class: "interactive" };
const START_MS = 1_000_000_000;

describe("the last hour of a lane", () => {
  let server: TestRedis;
  let redis: Redis;
  before(async () => {
    server = await TestRedis.start();
    redis = server.client();
  });
  after(async () => server[Symbol.asyncDispose]());

  it("has a sample in each slot with work, the rates between them, and rest as zero", async () => {
    let nowMs = START_MS;
    const timed = atTime(redis, () => nowMs);
    const sampleAt = async (slot: number): Promise<void> => {
      nowMs = START_MS + slot * SLOT_MS;
      await sampleLane(timed, lane);
    };
    await sampleAt(0);
    assert.equal(await redis.exists(keys.history(lane)), 0, "of a lane at rest nothing is written");
    const pack = newPack(lane, texts("a", "b", "c"));
    await acceptPacks(timed, lane, [pack]);
    await runTwice(redis, async () => sampleLane(timed, lane));
    await pauseLane(timed, lane, false);
    const second = newPack(lane, texts("d", "e"));
    await acceptPacks(timed, lane, [second]);
    await sampleAt(1);
    const jobs = new PackJobs(timed, lane);
    for (const { id } of pack.jobs) await jobs.cancel(id);
    await sampleAt(2);
    for (const { id } of second.jobs) await jobs.cancel(id);
    for (const slot of [3, 4, 7]) await sampleAt(slot);
    await acceptPacks(timed, lane, [newPack(lane, texts("f"))]);
    await sampleAt(8);
    const slot = START_MS / SLOT_MS;
    assert.deepEqual(await redis.lrange(keys.history(lane), 0, -1), [
      `${slot} 3 0 3 0 0`,
      `${slot + 1} 5 0 5 0 1`,
      `${slot + 2} 2 0 5 3 1`,
      `${slot + 3} 0 0 5 5 1`,
      `${slot + 7} 0 0 5 5 1`,
      `${slot + 8} 1 0 6 5 1`,
    ]);
    const past = await readHistory(redis, lane, nowMs);
    assert.deepEqual(past?.arrivalRate.slice(-9), [null, 0.2, 0, 0, 0, 0, 0, 0, 0.1]);
  });

  it("is told by what was written, whatever is missing", () => {
    const end = 1000;
    const first = end - SLOTS + 1;
    const past = historyOf(
      [
        `${first - 5} 2 1 10 8 0`,
        `${first} 4 1 20 16 0`,
        `${first + 1} 4 0 20 16 1`,
        `${first + 3} 0 0 20 20 0`,
        `${end - 1} 1 1 21 20 0`,
      ],
      end * SLOT_MS,
    );
    assert.equal(past.depth.length, SLOTS);
    assert.deepEqual(past.depth.slice(0, 6), [4, 4, null, 0, 0, 0]);
    assert.deepEqual(past.arrivalRate.slice(0, 6), [0.2, 0, null, 0, 0, 0]);
    assert.deepEqual(past.endRate.slice(0, 4), [0.16, 0, null, 0.2]);
    assert.deepEqual(past.isPaused.slice(0, 4), [false, true, true, false]);
    assert.deepEqual(past.depth.slice(-2), [1, 1], "the slot that goes on is as the last one");
  });
});
