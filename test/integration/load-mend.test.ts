import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import type { Redis } from "ioredis";
import { laneName, type Lane } from "../../shared/lane.ts";
import { keys } from "../support/redis-keys.ts";
import { mendLoads, type MendedLoad } from "../../shared/pack/load-mend.ts";
import { ChunkHand } from "../support/chunks.ts";
import { acceptPacks, newPack } from "../support/accepted.ts";
import { PackJobs, texts } from "../support/pack-jobs.ts";
import { queueBatch, rowItem } from "../support/queued-batch.ts";
import { TestRedis } from "../support/redis.ts";
import { runTwice } from "../support/run-twice.ts";

const lane: Lane = { model: "m@1", class: "bulk" };
const list = keys.load(lane);

describe("a load list that has drifted", () => {
  let server: TestRedis;
  let redis: Redis;
  before(async () => {
    server = await TestRedis.start();
    redis = server.client();
  });
  after(async () => server[Symbol.asyncDispose]());
  beforeEach(async () => redis.flushall());

  const jobs = async (count: number): Promise<void> => {
    const packs = Array.from({ length: count }, () => newPack(lane, texts("a")));
    await acceptPacks(redis, lane, packs);
  };
  /** Two chunks of three and two items; of the first, one succeeded and two are tried again. */
  const openBatch = async (): Promise<string> =>
    queueBatch(redis, lane, [
      ["a", "b", "c"].map((text) => rowItem(text)),
      [rowItem("d"), rowItem("e")],
    ]);
  const onePack = async (): Promise<void> => {
    const inPack = new PackJobs(redis, lane);
    const [id] = await inPack.accept(texts("a", "b", "c"));
    await inPack.cancel(id);
  };
  const mended = async (): Promise<readonly Omit<MendedLoad, "lane">[]> => {
    const found = await mendLoads(redis);
    assert.ok(found.every((load) => load.lane === laneName(lane)));
    return found.map(({ added, removed, zeroed }) => ({ added, removed, zeroed }));
  };
  const faults: readonly (readonly [
    what: string,
    plant: () => Promise<unknown>,
    counts: readonly [added: number, removed: number],
  ])[] = [
    ["an element too many", async () => redis.rpush(list, "1"), [0, 1]],
    ["an element too few", async () => redis.lpop(list), [1, 0]],
    ["elements too many, by thousands", async () => many(9000), [0, 9000]],
    ["no element left", async () => redis.del(list), [-1, 0]],
  ];
  const works: readonly (readonly [what: string, make: () => Promise<unknown>, load: number])[] = [
    ["jobs", async () => jobs(3), 3],
    ["an open batch", openBatch, 5],
    ["jobs beside an open batch", async () => [await jobs(3), await openBatch()], 8],
    ["a pack of which one job has ended", onePack, 2],
    ["more packs than a look takes, one element each", async () => jobs(1500), 1500],
  ];
  for (const [work, make, load] of works) {
    for (const [what, plant, [added, removed]] of faults) {
      // Of so many it is seen when fewer are left.
      if (load > 1000 && removed > 0) continue;
      it(`is as long again as it should be: ${what}, with ${work}`, async () => {
        await make();
        assert.equal(await redis.llen(list), load);
        assert.deepEqual(await mended(), [], "nothing is wrong yet");
        await plant();
        const lost = added === -1 ? load : added;
        assert.deepEqual(await mended(), [{ added: lost, removed, zeroed: 0 }]);
        assert.equal(await redis.llen(list), load);
        assert.deepEqual(await mended(), []);
      });
    }
  }

  it("is emptied when nothing is outstanding, and what is counted as running too", async () => {
    await redis.sadd(keys.lanes, laneName(lane));
    await redis.rpush(list, "1", "1");
    await redis.hset(keys.flow(lane), { running: 2, bytes: 70, na: 9, no: 7 });
    await runTwice(redis, async () => mendLoads(redis));
    assert.equal(await redis.exists(list), 0);
    const counts = await redis.hmget(keys.flow(lane), "running", "bytes", "na", "no");
    assert.deepEqual(counts, ["0", "0", "9", "9"]);
  });

  it("counts of a chunk that is tried again what has not succeeded", async () => {
    const batch = await openBatch();
    const chunk = `${batch}/0`;
    const hand = new ChunkHand(redis, lane, chunk);
    await hand.take();
    await redis.hset(keys.pack(chunk), "ok", 1);
    await redis.lpop(list, 3);
    assert.deepEqual(await mended(), [{ added: 2, removed: 0, zeroed: 0 }]);
    assert.equal(await hand.settle("a\nb\nc\n", 3), "settled");
    assert.equal(await redis.llen(list), 2);
    assert.deepEqual(await mended(), []);
  });

  it("leaves the bytes of an upload alone, which is not outstanding yet", async () => {
    await redis.sadd(keys.lanes, laneName(lane));
    await redis.zadd(keys.batchWork, Date.now(), "an-upload");
    await redis.hset(keys.flow(lane), { running: 0, bytes: 70 });
    assert.deepEqual(await mended(), []);
    assert.equal(await redis.hget(keys.flow(lane), "bytes"), "70");
  });

  async function many(count: number): Promise<void> {
    await redis.rpush(list, ...Array.from({ length: count }, () => "1"));
  }
});
