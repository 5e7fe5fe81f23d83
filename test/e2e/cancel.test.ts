import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { packOf } from "../../shared/id.ts";
import { keys } from "../support/redis-keys.ts";
import { postJson, request } from "../support/client.ts";
import { System } from "../support/system.ts";

const LANE = { model: "slow-text@1", class: "interactive" } as const;

describe("a job that is canceled while it is queued", () => {
  it("ends at once, without a worker, and is not scored by one that comes later", async () => {
    await using system = await System.bare({ MODELS_DIR: "test/fixtures/models" });
    const { url } = await system.gateway();
    const submit = async () =>
      postJson(`${url}/v1/models/slow-text/jobs`, { input: { text: "a" } }, "");
    const [canceled, other] = [await submit(), await submit()];
    const job = `${url}/v1/jobs/${canceled.body.id}`;

    for (const _ of ["once", "again"]) {
      const { status, body } = await request(`${job}/cancel`, { method: "POST" });
      assert.deepEqual([status, body.status], [200, "canceled"]);
    }
    const redis = system.redis.client();
    assert.deepEqual(await redis.zrange(keys.outstanding(LANE), "0", "-1"), [
      packOf(other.body.id ?? ""),
    ]);
    assert.equal(await redis.llen(keys.load(LANE)), 1, "KEDA must not count it any more");

    await system.worker();
    const done = await request(`${url}/v1/jobs/${other.body.id}?wait=30`);
    assert.equal(done.body.status, "succeeded");
    const { body } = await request(job);
    assert.deepEqual([body.status, body.output], ["canceled", null]);
    assert.equal(await redis.llen(keys.load(LANE)), 0);
  });
});
