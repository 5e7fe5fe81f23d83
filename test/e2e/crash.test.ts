import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { afterEach, beforeEach, describe, it } from "node:test";
import { packOf } from "../../shared/id.ts";
import { packFields } from "../../shared/pack/record.ts";
import { assertClean } from "../support/clean.ts";
import { keys } from "../support/redis-keys.ts";
import { postJson, request, type Reply } from "../support/client.ts";
import { pacedModel, slowText } from "../support/models.ts";
import { hasJob, runsOf, type Run } from "../support/runs.ts";
import { System, type Role } from "../support/system.ts";
import { until } from "../support/until.ts";

const ENV = {
  MODELS_DIR: "test/fixtures/models",
  LOG_LEVEL: "debug",
};
const LANE = { model: "slow-text@1", class: "interactive" } as const;

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe("after a crash", () => {
  let system: System;
  let url = "";
  beforeEach(async () => {
    system = await System.bare(ENV);
    const [gateway] = await Promise.all([system.gateway(), system.courier()]);
    ({ url } = gateway);
  });
  afterEach(async () => system[Symbol.asyncDispose]());

  const submit = async (text: string, prefer = ""): Promise<Reply> =>
    postJson(`${url}/v1/models/slow-text/jobs`, { input: { text } }, prefer);
  const ended = async (id: string | undefined): Promise<Reply> =>
    request(`${url}/v1/jobs/${id}`, { headers: { prefer: "wait=60" } });

  /** Waits for a run with this job in hand. @param from how many of the worker's runs to pass over */
  async function nextRun(worker: Role, job: string, from: number): Promise<Run & { at: number }> {
    const find = (): number => runsOf(worker).findIndex((run, i) => i >= from && hasJob(run, job));
    await until(`${job} runs`, () => find() !== -1);
    const [at, run] = [find(), runsOf(worker)[find()]];
    assert.ok(run !== undefined);
    return { ...run, at };
  }

  it("of a runner, only the job that crashes it alone fails", async () => {
    const worker = await system.worker({ env: { WORKER_SLOTS: "1" } });
    // While the only slot is busy, the others gather into one batch.
    const first = await submit("slow");
    await nextRun(worker, first.body.id ?? "", 0);
    const texts = ["slow", "a", "b", "c", "d", "e"];
    const submitted = await Promise.all(texts.map(async (text) => submit(text)));
    const [slow = "", ...quick] = submitted.map(({ body }) => body.id ?? "");
    let seen = 0;
    for (const size of [6, 1, 1]) {
      const { runner, jobs, at } = await nextRun(worker, slow, seen);
      assert.equal(jobs.length, size);
      process.kill(runner, "SIGKILL");
      seen = at + 1;
    }
    const crashed = await ended(slow);
    assert.deepEqual([crashed.body.status, crashed.body.error?.code], ["failed", "model_crash"]);
    for (const id of quick) assert.equal((await ended(id)).body.status, "succeeded");
    await assertClean(system.redis.client(), LANE);
  });

  it("of a runner that hangs, the hanging job times out and its companions are answered", async (t) => {
    const models = slowText({ run_timeout_ms: 3000 });
    t.after(() => rmSync(models, { recursive: true }));
    const worker = await system.worker({ env: { WORKER_SLOTS: "1", MODELS_DIR: models } });
    const waits = ["hang", "a", "b"].map(async (text) => submit(text, "wait=60"));
    const [hang, a, b] = await Promise.all(waits);
    assert.deepEqual([hang?.status, hang?.body.code], [504, "attempt_timeout"]);
    assert.deepEqual([a?.status, b?.status], [200, 200]);
    assert.equal(worker.hasExited, false);
    await assertClean(system.redis.client(), LANE);
  });

  it("of a worker, all it held is done by another, each with one outcome", async () => {
    const first = await system.worker();
    const submitted = await Promise.all(
      ["slow", "a", "slow", "b"].map(async (text) => submit(text)),
    );
    const ids = submitted.map(({ body }) => body.id ?? "");
    await nextRun(first, ids[0] ?? "", 0);
    await first.end("SIGKILL");
    await system.worker();
    for (const id of ids) {
      const { body } = await ended(id);
      assert.equal(body.status, "succeeded");
      assert.ok((body.attempt ?? 0) <= 2);
    }
    assert.equal((await ended(ids[0])).body.attempt, 2, "the job that was running is tried again");
    await assertClean(system.redis.client(), LANE);
  });

  it("of every worker that runs it, a job is given up as poisoned, and its companions are not", async () => {
    const submitted = await Promise.all(["hang", "a", "b"].map(async (text) => submit(text)));
    const [hang = "", ...quick] = submitted.map(({ body }) => body.id ?? "");
    const runners: number[] = [];
    for (let kills = 0; ; kills++) {
      assert.ok(kills <= 5, "one kill in company, one by groups, three alone");
      const worker = await system.worker();
      await until("it runs, or has been given up", async () => {
        if (runsOf(worker).some((run) => hasJob(run, hang))) return true;
        return (await request(`${url}/v1/jobs/${hang}`)).body.status === "failed";
      });
      const run = runsOf(worker).find((begun) => hasJob(begun, hang));
      if (run === undefined) break;
      runners.push(run.runner);
      await worker.end("SIGKILL");
    }
    const { body } = await ended(hang);
    assert.deepEqual([body.status, body.error?.code], ["failed", "poisoned"]);
    await until("no runner outlives its worker", () => runners.every((pid) => !isAlive(pid)));
    for (const id of quick) assert.equal((await ended(id)).body.status, "succeeded");
    await assertClean(system.redis.client(), LANE);
  });

  it("of the gateway during a burst, every job it accepted is done", async () => {
    const doomed = await system.gateway();
    const accepted: string[] = [];
    const burst = Array.from({ length: 300 }, async (_, i) => {
      const target = `${doomed.url}/v1/models/slow-text/jobs`;
      const reply = await postJson(target, { input: { text: `q${i}` } }, "").catch(() => undefined);
      if (reply?.status === 202) accepted.push(reply.body.id ?? "");
      if (accepted.length === 40) doomed.role.child.kill("SIGKILL");
    });
    await Promise.all(burst);
    assert.ok(accepted.length >= 40);
    const redis = system.redis.client();
    const outstanding = await redis.zrange(keys.outstanding(LANE), "0", "-1");
    for (const id of accepted) {
      assert.ok(outstanding.includes(packOf(id)), "accepted and not done yet");
    }
    await system.worker();
    for (const id of accepted) assert.equal((await ended(id)).body.status, "succeeded");
    // Also those whose answer was lost with the gateway, which may come behind all others.
    await until("all are done", async () => (await redis.zcard(keys.outstanding(LANE))) === 0);
    for (const pack of outstanding) {
      const states = await redis.hget(keys.pack(pack), packFields.letters.states);
      assert.match(states ?? "", /^S+$/);
    }
    await assertClean(system.redis.client(), LANE);
  });
});

describe("a worker told to stop", () => {
  it("finishes what it has begun, hands back the rest, and leaves with 0", async () => {
    await using system = await System.bare({ ...ENV, GRACE_MS: "8000" });
    const [{ url }, worker] = await Promise.all([
      system.gateway(),
      system.worker(),
      system.courier(),
    ]);
    const texts = [
      ...Array.from({ length: 12 }, () => "slow"),
      ...Array.from({ length: 30 }, () => "a"),
    ];
    const submitted = await Promise.all(
      texts.map(async (text) =>
        postJson(`${url}/v1/models/slow-text/jobs`, { input: { text } }, ""),
      ),
    );
    await until("it works", () => runsOf(worker).length > 0);
    assert.equal(await worker.end("SIGTERM"), 0, worker.log);
    await system.worker();
    for (const { body } of submitted) {
      const done = await request(`${url}/v1/jobs/${body.id}`, { headers: { prefer: "wait=60" } });
      assert.equal(done.body.status, "succeeded");
      assert.equal(done.body.attempt, 1, "nobody's attempt is used up by a deploy");
    }
  });

  it("names what it hands back", async (t) => {
    const models = pacedModel({});
    t.after(() => rmSync(models, { recursive: true }));
    await using system = await System.bare({ ...ENV, MODELS_DIR: models, GRACE_MS: "6000" });
    const [{ url }, worker] = await Promise.all([system.gateway(), system.worker()]);
    const { body } = await postJson(`${url}/v1/models/paced/jobs`, { input: { ms: -1 } }, "");
    await until("it runs", () => runsOf(worker).length > 0);
    assert.equal(await worker.end("SIGTERM"), 0, worker.log);
    const said = worker.log.split("\n").find((line) => line.includes("handed back"));
    const { tasks, ids } = Object(JSON.parse(said ?? "{}"));
    assert.deepEqual({ tasks, ids }, { tasks: 1, ids: [body.id] });
  });
});
