import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import type { Redis } from "ioredis";
import type { NewReplay, Replay } from "../../shared/replay/record.ts";
import {
  countChunk,
  createReplay,
  DIFFERING_MAX,
  dueReplays,
  eraseReplay,
  moveReplay,
  readReplay,
  readReport,
  type CountedChunk,
} from "../../shared/replay/replays.ts";
import { testIds } from "../support/jobs.ts";
import { TestRedis } from "../support/redis.ts";
import { keys } from "../support/redis-keys.ts";
import { runTwice } from "../support/run-twice.ts";

const BOUND_SECONDS = 1000;
const RETENTION_SECONDS = 100;

const chunk = (position: number, more: Partial<CountedChunk> = {}): CountedChunk => ({
  position,
  chunks: 2,
  compared: 3,
  leftOut: 1,
  increments: new Map([
    ["fn", 3],
    ["d", 0.5],
  ]),
  differing: [{ index: position, customId: null, difference: "/a: 1 instead of 2" }],
  ...more,
});

describe("a replay in Redis", () => {
  let server: TestRedis;
  let redis: Redis;
  let made: NewReplay;
  before(async () => {
    server = await TestRedis.start();
    redis = server.client();
  });
  after(async () => server[Symbol.asyncDispose]());
  beforeEach(async () => {
    await redis.flushall();
    made = {
      id: testIds.create("rep", "default", Date.now()),
      tenant: "default",
      endpoint: "faq",
      batch: testIds.create("bat", "default", Date.now()),
      live: "m@1",
      candidateBatch: testIds.create("bat", "default", Date.now()),
      candidate: "m@2",
      pipeline: "tensor",
      items: 8,
      laneBytes: 1000,
      tenantBytes: 100,
      retentionSeconds: RETENTION_SECONDS,
    };
  });

  const create = async () => createReplay(redis, made, BOUND_SECONDS);
  const read = async (): Promise<Replay> => {
    const found = await readReplay(redis, made.id);
    assert.ok(typeof found === "object");
    return found;
  };
  const move = async (from: Replay["status"], to: "scoring" | "comparing" | "failed") =>
    moveReplay(
      redis,
      { id: made.id, status: from },
      to,
      to === "failed" ? { problem: `{"code":"lost"}` } : {},
    );
  const comparing = async (): Promise<void> => {
    await create();
    await move("copying", "scoring");
    await move("scoring", "comparing");
  };
  const due = async () => (await dueReplays(redis, 10)).members;
  const lasting = async (): Promise<readonly number[]> =>
    Promise.all(
      [keys.replay(made.id), keys.comparison(made.id), keys.disagreements(made.id)].map(
        async (key) => redis.ttl(key),
      ),
    );

  it("create, copying, scoring, comparing, completed: twice is once", async () => {
    await runTwice(redis, create);
    const { createdAtMs, ...fields } = await read();
    const first = { status: "copying", compared: 0, leftOut: 0, position: 0 };
    assert.deepEqual(fields, { ...made, ...first, endedAtMs: undefined, error: undefined });
    assert.ok(createdAtMs > 0);
    assert.deepEqual(await due(), [made.id]);
    const items = made.items + 1;
    const copied = async () =>
      moveReplay(redis, { id: made.id, status: "copying" }, "scoring", { items });
    await runTwice(redis, copied);
    assert.equal((await read()).items, items, "some came after it was made");
    assert.equal(await countChunk(redis, made.id, chunk(0)), -1, "it is not that far");
    await runTwice(redis, async () => move("scoring", "comparing"));
    await runTwice(redis, async () => countChunk(redis, made.id, chunk(0)));
    assert.equal(await countChunk(redis, made.id, chunk(0)), 1, "another courier is told the next");
    assert.equal((await read()).status, "comparing");
    await runTwice(redis, async () => countChunk(redis, made.id, chunk(1)));
    const replay = await read();
    assert.deepEqual(
      [replay.status, replay.compared, replay.leftOut, replay.position],
      ["completed", 6, 2, 2],
    );
    assert.ok(replay.endedAtMs !== undefined);
    const { counters, differing } = await readReport(redis, made.id);
    assert.deepEqual([counters.failed.neither, counters.differences], [6, 1]);
    assert.deepEqual(
      differing.map(({ index }) => index),
      [1, 0],
    );
    assert.deepEqual(await due(), []);
    for (const seconds of await lasting()) assert.ok(seconds > 90 && seconds <= 100, `${seconds}`);
  });

  it("keeps the last items that differ, whatever the size of a chunk", async () => {
    await comparing();
    const differing = Array.from({ length: DIFFERING_MAX + 5 }, (_, index) => ({
      index,
      customId: "a",
      difference: "",
    }));
    await countChunk(redis, made.id, chunk(0, { differing }));
    const last = { index: DIFFERING_MAX + 5, customId: null, difference: `"\u20ac` };
    await countChunk(redis, made.id, chunk(1, { differing: [last] }));
    const { differing: kept } = await readReport(redis, made.id);
    assert.deepEqual([kept.length, kept[0], kept.at(-1)?.index], [DIFFERING_MAX, last, 6]);
  });

  it("fails from any status, once, and is no more looked at", async () => {
    await comparing();
    await countChunk(redis, made.id, chunk(0));
    await runTwice(redis, async () => move("comparing", "failed"));
    const { status, error, endedAtMs } = await read();
    assert.deepEqual([status, error], ["failed", `{"code":"lost"}`]);
    assert.ok(endedAtMs !== undefined);
    assert.deepEqual(await due(), []);
    assert.equal(await countChunk(redis, made.id, chunk(1)), -1);
    assert.equal(await move("comparing", "scoring"), false, "it is elsewhere");
    for (const seconds of await lasting()) assert.ok(seconds > 90 && seconds <= 100, `${seconds}`);
  });

  it("is erased, and leaves a tombstone and nothing else", async () => {
    await comparing();
    await countChunk(redis, made.id, chunk(0));
    await runTwice(redis, async () => eraseReplay(redis, made.id, "default"));
    assert.equal(await readReplay(redis, made.id), "deleted");
    assert.deepEqual(await redis.keys("*"), [keys.replay(made.id)]);
    assert.equal(await countChunk(redis, made.id, chunk(1)), -1, "it does not come back");
    assert.equal(await move("comparing", "scoring"), false);
    assert.deepEqual(await redis.keys("*"), [keys.replay(made.id)]);
  });
});
