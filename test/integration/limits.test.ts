import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Redis } from "ioredis";
import type { Lane } from "../../shared/lane.ts";
import { acceptPacks, newPack } from "../support/accepted.ts";
import { keys } from "../support/redis-keys.ts";
import { TestRedis } from "../support/redis.ts";
import { workerOf, workOff } from "../support/worked.ts";

const lane: Lane = { model: "m@1", class: "interactive" };

describe("at its limits", () => {
  let server: TestRedis;
  let redis: Redis;
  before(async () => {
    server = await TestRedis.start();
    redis = server.client();
  });
  after(async () => server[Symbol.asyncDispose]());

  it("a Redis at maxmemory still lets jobs be taken and end, which is what frees it", async () => {
    const packs = Array.from({ length: 4 }, () =>
      newPack(lane, [{ text: "x".repeat(4000) }, { text: "x".repeat(4000) }]),
    );
    await acceptPacks(redis, lane, packs);
    await redis.config("SET", "maxmemory", "1mb");
    await assert.rejects(redis.set("more", "x"), /OOM/);
    await assert.rejects(acceptPacks(redis, lane, [newPack(lane, [{}])]), /OOM/);
    assert.equal(await workOff(workerOf(redis), lane), 8);
    assert.equal(await redis.zcard(keys.outstanding(lane)), 0);
    assert.equal(await redis.llen(keys.load(lane)), 0);
  });
});
