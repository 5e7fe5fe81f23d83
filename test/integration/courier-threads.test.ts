import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import { describe, it } from "node:test";
import { roleSpecs } from "../../cli/start/roles.ts";
import { ROOT } from "../support/launcher.ts";
import { TestRedis } from "../support/redis.ts";

const skip = !existsSync("/proc/self/task") && "counts threads in /proc";

describe("the courier of npm start", () => {
  it("has threads for the names of all it may call at a time", { skip }, async () => {
    await using redis = await TestRedis.start();
    const environment = { PATH: process.env["PATH"], REDIS_URL: redis.url };
    const courier = roleSpecs(ROOT, environment).find(({ name }) => name === "courier");
    assert.ok(courier !== undefined);
    const child = courier.launch();
    try {
      await courier.untilReady(child, AbortSignal.timeout(courier.readyMs));
      const { length } = readdirSync(`/proc/${child.pid}/task`);
      assert.ok(length > 128, `${length} threads`);
    } finally {
      child.kill("SIGTERM");
      await once(child, "exit");
    }
  });
});
