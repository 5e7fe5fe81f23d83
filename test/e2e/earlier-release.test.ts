import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { laneName } from "../../shared/lane.ts";
import { testIds } from "../support/jobs.ts";
import { keys } from "../support/redis-keys.ts";
import { System } from "../support/system.ts";

const LANE = { model: "slow-text@1", class: "interactive" } as const;

describe("beside unfinished work of a release before packs", () => {
  let system: System;
  before(async () => {
    system = await System.bare({ MODELS_DIR: "test/fixtures/models" });
    const redis = system.redis.client();
    // As that release left a job whose worker was stopped.
    const id = testIds.create("job", "default", Date.now());
    await redis.hset(keys.job(id), {
      v: 1,
      m: LANE.model,
      c: LANE.class,
      t: "default",
      s: "queued",
    });
    await redis.sadd(keys.lanes, laneName(LANE));
    await redis.zadd(keys.outstanding(LANE), Date.now(), id);
  });
  after(async () => system[Symbol.asyncDispose]());

  it("no role starts, and each says what to do", async () => {
    const starts = [system.gateway(), system.worker(), system.courier()];
    const told = /could not start: [^"]*jobs: 1,[^"]*Stop the gateways of that release/;
    await Promise.all(starts.map(async (start) => assert.rejects(start, told)));
    assert.deepEqual(
      system.roles.map(({ child }) => child.exitCode),
      [1, 1, 1],
    );
  });

  it("all start once that release has finished it", async () => {
    await system.redis.client().del(keys.outstanding(LANE));
    await Promise.all([system.gateway(), system.worker(), system.courier()]);
  });
});
