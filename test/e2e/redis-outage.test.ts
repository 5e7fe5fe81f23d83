import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { ask, postJson, request } from "../support/client.ts";
import { slowText } from "../support/models.ts";
import { System } from "../support/system.ts";
import { until } from "../support/until.ts";

describe("while Redis is away", () => {
  // The model's own limit counts time in which a busy machine runs something else.
  const models = slowText({ run_timeout_ms: 100_000 });
  let system: System & { url: string };
  let jobs = "";
  before(async () => {
    system = await System.start({
      MODELS_DIR: models,
    });
    jobs = `${system.url}/v1/models/slow-text/jobs`;
  });
  after(async () => {
    await system[Symbol.asyncDispose]();
    rmSync(models, { recursive: true });
  });

  it("nothing is stored and 503 says so; what was accepted is done when it is back", async () => {
    const accepted = await postJson(jobs, { input: { text: "slow" } }, "");
    assert.equal(accepted.status, 202);
    // Waits across the outage: accepted before it, answered after it.
    const waiting = postJson(jobs, { input: { text: "slow" } }, "wait=60");
    const redis = system.redis.client();
    await until("both are accepted", async () => (await redis.keys("*:pack:*")).length === 2);
    await system.redis.saved();
    await system.redis.kill();
    await until("the gateway has noticed", async () => {
      const { status } = await request(`${system.url}/readyz`);
      return status === 503;
    });

    const refused = await postJson(jobs, { input: { text: "a" } });
    assert.deepEqual([refused.status, refused.body.code], [503, "service_unavailable"]);
    assert.ok(Number(refused.headers.get("retry-after")) > 0);
    const path = `${system.url}/v1/jobs/${accepted.body.id}`;
    for (const [url, method] of [
      [path, "GET"],
      [`${path}/result`, "GET"],
      [`${path}/cancel`, "POST"],
    ] as const) {
      const { status, body } = await request(url, { method });
      assert.deepEqual([status, body.code], [503, "service_unavailable"], url);
    }
    assert.equal((await ask(`${system.url}/healthz`)).status, 200);

    await system.redis.launch();
    assert.equal((await waiting).body.status, "succeeded");
    await until("the gateway is ready again", async () => {
      const { status } = await request(`${system.url}/readyz`);
      return status === 200;
    });
    const done = await request(path, { headers: { prefer: "wait=60" } });
    assert.deepEqual([done.status, done.body.status], [200, "succeeded"]);
  });
});
