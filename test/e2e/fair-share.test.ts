import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { keys } from "../../shared/queue/keys.ts";
import { askAs, type Manner } from "../support/neighbours.ts";
import { System, type Role } from "../support/system.ts";
import { until } from "../support/until.ts";

const LANE = { model: "slow-text@1", class: "interactive" } as const;
const JOBS = 150;

/** How much it slows them is measured by `test/bench/fairness.ts`. */
describe("beside a client that allows 1 ms and one that cancels all it sends", () => {
  let system: System;
  let worker: Role;
  let url = "";
  before(async () => {
    system = await System.bare({ MODELS_DIR: "test/fixtures/models" });
    const [gateway] = await Promise.all([system.gateway(), system.courier()]);
    url = `${gateway.url}/v1/models/slow-text/jobs`;
    worker = await system.worker();
  });
  after(async () => system[Symbol.asyncDispose]());

  it("none of another's jobs fails", async () => {
    const send = async (manner: Manner): Promise<string[]> =>
      Promise.all(Array.from({ length: JOBS }, async (_, i) => askAs(manner, url, `q${i}`)));
    const redis = system.redis.client();
    // So that all of it is there when the first is taken.
    worker.child.kill("SIGSTOP");
    const others = Promise.all([send("hasty"), send("ordinary")]);
    const fickle = await send("fickle");
    await until("all are in", async () => (await redis.zcard(keys.outstanding(LANE))) === 2 * JOBS);
    worker.child.kill("SIGCONT");
    const [hasty, ordinary] = await others;
    assert.deepEqual(new Set(ordinary), new Set(["succeeded"]));
    assert.deepEqual(new Set(fickle), new Set(["canceled"]));
    const strange = hasty.filter((end) => end !== "succeeded" && end !== "attempt_timeout");
    assert.deepEqual(strange, []);
    assert.ok(hasty.includes("attempt_timeout"));
    assert.equal(await redis.zcard(keys.outstanding(LANE)), 0);
    assert.deepEqual(await redis.hmget(keys.flow(LANE), "running", "bytes"), ["0", "0"]);
  });
});
