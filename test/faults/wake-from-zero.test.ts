import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { postJson, request, type Answer } from "../support/client.ts";
import { cli } from "../support/cli.ts";
import { atFailpoint } from "../support/faults/at-failpoint.ts";
import { compressed, poolOf, type Pool } from "../support/scaler/pool.ts";
import { Scaler } from "../support/scaler/scaler.ts";
import { System } from "../support/system.ts";
import { until } from "../support/until.ts";

const MODELS_DIR = "test/fixtures/models";
const RENDER = ["deploy", "render", "slow-text@1", "--slots", "1", "--max-replicas", "1"];

describe("a pool at zero", () => {
  let system: System;
  let pool: Pool;
  let url = "";
  before(async () => {
    const { code, out, err } = await cli(RENDER, { MODELS_DIR });
    assert.equal(code, 0, err);
    pool = compressed(poolOf(out));
    system = await System.bare({
      MODELS_DIR,
      LOG_LEVEL: "debug",
    });
    [{ url }] = await Promise.all([system.gateway(), system.courier()]);
  });
  after(async () => system[Symbol.asyncDispose]());

  const submit = async (more: object): Promise<string> => {
    const target = `${url}/v1/models/slow-text/jobs`;
    const { status, body } = await postJson(target, { input: { text: "slow" }, ...more }, "");
    assert.equal(status, 202, JSON.stringify(body));
    return body.id ?? "";
  };
  const ended = async (id: string): Promise<Answer> => {
    const { body } = await request(`${url}/v1/jobs/${id}`, { headers: { prefer: "wait=60" } });
    return body;
  };
  const atZero = async (scaler: Scaler): Promise<void> => {
    await until("none is left", () => scaler.replicas === 0);
    await scaler.calm();
  };

  it("is woken by jobs whose worker died, and much later by the retry of one of them", async () => {
    const [kept, given] = await loseWorker();
    await using scaler = await Scaler.start(system, { pool });
    const [again, lost] = [await ended(kept), await ended(given)];
    assert.deepEqual([again.status, again.attempt], ["succeeded", 2]);
    assert.deepEqual([lost.status, lost.error?.code], ["failed", "worker_lost"]);

    await atZero(scaler);
    const retried = await request(`${url}/v1/jobs/${given}/retry`, { method: "POST" });
    assert.equal(retried.status, 202);
    const done = await ended(given);
    assert.deepEqual([done.status, done.attempt], ["succeeded", 2]);

    await atZero(scaler);
    assert.deepEqual(stepsOf(scaler), ["KEDA 0 to 1", "KEDA 1 to 0", "KEDA 0 to 1", "KEDA 1 to 0"]);
    // What woke it: one job to be tried again and one to be given up, then the retry alone; each came lately.
    const wakes = scaler.history.filter(({ from }) => from === 0);
    assert.deepEqual(
      wakes.map(({ lengths }) => lengths),
      [
        [2, 0, 1],
        [1, 0, 1],
      ],
    );
    assert.ok(scaler.ended.every(({ exit }) => exit === 0));
  });

  /**
   * The last worker dies with two jobs in hand, one of which is not to be tried again. It takes both in one
   * turn, since both wait when it starts, and dies as their run begins. @returns both
   */
  async function loseWorker(): Promise<readonly [string, string]> {
    const jobs = [await submit({}), await submit({ retries: 0 })] as const;
    const worker = system.startingWorker({ env: { ...pool.env, ...atFailpoint("run begins") } });
    await until("the worker has died", () => worker.hasExited);
    assert.equal(worker.child.signalCode, "SIGKILL", worker.log);
    return jobs;
  }
});

function stepsOf({ history }: Scaler): string[] {
  return history.map(({ by, from, to }) => `${by} ${from} to ${to}`);
}
