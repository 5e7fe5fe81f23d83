import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import type { Redis } from "ioredis";
import type { Lane } from "../../shared/lane.ts";
import { createLogger } from "../../shared/log.ts";
import { Run } from "../../shared/pack/run.ts";
import { commandsOf } from "../support/commands.ts";
import { outcomes, putPack } from "../support/raw-packs.ts";
import { TestRedis } from "../support/redis.ts";

const lane: Lane = { model: "m@1", class: "interactive" };
const take = { lane, rows: 32, woken: false };

describe("a turn", () => {
  let server: TestRedis;
  let redis: Redis;
  before(async () => {
    server = await TestRedis.start();
    redis = server.client();
  });
  after(async () => server[Symbol.asyncDispose]());
  beforeEach(async () => redis.flushall());

  const newRun = (): Run =>
    new Run({
      redis,
      shifts: { add: async () => {} },
      leaseMs: 4000,
      logger: createLogger("worker", "silent"),
    });

  for (const [of, tenants] of [
    ["one tenant", ["default"]],
    ["32 tenants", Array.from({ length: 32 }, (_, i) => `tenant-${i}`)],
  ] as const) {
    it(`costs about a command a job, with a pack of 32 jobs of ${of}`, async (t) => {
      const run = newRun();
      const names = [
        await putPack(redis, lane, { jobs: 32, tenants }),
        await putPack(redis, lane, { jobs: 32, tenants }),
        await putPack(redis, lane, { jobs: 32, tenants }),
      ];
      await run.turn(take, []);
      const settle = {
        pack: names[0] ?? "",
        attempt: 1,
        first: 0,
        outcomes: outcomes("S".repeat(32)),
      };
      const counts = await commandsOf(redis, async () => {
        const { verdicts, packs } = await run.turn(take, [settle]);
        assert.deepEqual(verdicts, ["S".repeat(32)]);
        assert.equal(packs.length, 1);
      });
      const total = [...counts.values()].reduce((sum, calls) => sum + calls, 0);
      t.diagnostic(`${total} commands: ${JSON.stringify(Object.fromEntries(counts))}`);
      assert.ok(total <= 32 + 2 * (tenants.length - 1), `${total} commands`);
    });
  }
});
