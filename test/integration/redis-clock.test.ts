import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { createLoggerTo } from "../../shared/log.ts";
import { RedisClock } from "../../shared/redis/redis-clock.ts";
import { TestRedis } from "../support/redis.ts";

describe("a machine's clock", () => {
  let server: TestRedis;
  before(async () => (server = await TestRedis.start()));
  after(async () => server[Symbol.asyncDispose]());

  for (const [shiftMs, isTold] of [
    [-600, false],
    [600, false],
    [-1400, true],
    [1400, true],
  ] as const) {
    it(`that is ${shiftMs} ms off is ${isTold ? "warned of" : "good enough"}`, async (t) => {
      const lines: string[] = [];
      const out = { write: (line: string) => void lines.push(line) };
      const logger = createLoggerTo(out, { role: "worker", level: "info" });
      const clock = new RedisClock(server.client(), logger);
      t.mock.timers.enable({ apis: ["Date"], now: Date.now() + shiftMs });
      await clock.start();
      await clock.stop();
      assert.equal(
        lines.some((line) => line.includes("clock is not Redis'")),
        isTold,
      );
      assert.ok(clock.isUsable);
    });
  }
});
