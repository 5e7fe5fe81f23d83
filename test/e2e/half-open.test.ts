import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { postJson } from "../support/client.ts";
import { freePort } from "../support/redis.ts";
import { Link } from "../support/link.ts";
import { System } from "../support/system.ts";
import { until } from "../support/until.ts";

describe("connections that fell silent without closing", () => {
  it("make a worker not ready, and are replaced by it: jobs flow again", async () => {
    await using system = await System.bare({ MODELS_DIR: "test/fixtures/models" });
    await using link = await Link.to(system.redis.port);
    const port = await freePort();
    const REDIS_URL = system.redis.urlOf("worker", link.port);
    const [{ url }] = await Promise.all([
      system.gateway(),
      system.courier(),
      system.worker({ env: { REDIS_URL, HEALTH_PORT: String(port) } }),
    ]);
    const score = async (): Promise<string | number> =>
      (await postJson(`${url}/v1/models/lookup/jobs`, { input: { ids: [1, 2] } })).body.status;
    assert.equal(await score(), "succeeded");
    assert.ok(link.fallSilent() > 1);
    const scored = score();
    const isReady = async (): Promise<boolean> =>
      (await fetch(`http://127.0.0.1:${port}/readyz`)).status === 200;
    await until("it is not ready", async () => !(await isReady()));
    assert.equal(await scored, "succeeded");
    await until("it is ready again", isReady);
  });
});
