import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { keys } from "../support/redis-keys.ts";
import { useKey } from "../support/client.ts";
import { issueKey } from "../support/keys.ts";
import { askAs, type Manner } from "../support/neighbours.ts";
import { System, type Role } from "../support/system.ts";
import { until } from "../support/until.ts";

const LANE = { model: "slow-text@1", class: "interactive" } as const;
const JOBS = 150;

/** How much it slows them is measured by `test/bench/fairness.ts`. */
describe("beside a tenant that allows 1 ms and cancels all it sends", () => {
  let system: System;
  let worker: Role;
  let [url, hostile] = ["", ""];
  before(async () => {
    system = await System.bare({ MODELS_DIR: "test/fixtures/models" });
    const [gateway, theirs] = await Promise.all([
      system.gateway(),
      system.gateway(),
      system.courier(),
    ]);
    const { tokens } = await issueKey(system.redis.client(), { tenant: "hostile" });
    useKey(theirs.url, tokens.primary);
    [url, hostile] = [gateway.url, theirs.url];
    worker = await system.worker();
  });
  after(async () => system[Symbol.asyncDispose]());

  it("none of another's jobs fails", async () => {
    const send = async (manner: Manner): Promise<string[]> => {
      const jobs = `${manner === "ordinary" ? url : hostile}/v1/models/slow-text/jobs`;
      return Promise.all(
        Array.from({ length: JOBS }, async (_, i) => askAs(manner, jobs, `q${i}`)),
      );
    };
    const redis = system.redis.client();
    // So that all of it is there when the first is taken.
    worker.child.kill("SIGSTOP");
    const others = Promise.all([send("hasty"), send("ordinary")]);
    const fickle = await send("fickle");
    await until("all are in", async () => (await redis.llen(keys.load(LANE))) === 2 * JOBS);
    worker.child.kill("SIGCONT");
    const [hasty, ordinary] = await others;
    assert.deepEqual(new Set(ordinary), new Set(["succeeded"]));
    assert.deepEqual(new Set(fickle), new Set(["canceled"]));
    const strange = hasty.filter((end) => end !== "succeeded" && end !== "attempt_timeout");
    assert.deepEqual(strange, []);
    assert.ok(hasty.includes("attempt_timeout"));
    assert.equal(await redis.zcard(keys.outstanding(LANE)), 0);
    assert.deepEqual(await redis.hmget(keys.flow(LANE), "running", "bytes"), ["0", "0"]);
    for (const tenant of ["default", "hostile"]) {
      assert.deepEqual(
        await redis.mget(keys.tenant(`${tenant}:jobs`), keys.tenant(`${tenant}:bytes`)),
        ["0", "0"],
      );
    }
  });
});
