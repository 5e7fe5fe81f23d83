import assert from "node:assert/strict";
import { readFileSync, rmSync } from "node:fs";
import { after, describe, it, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { createLogger } from "../../shared/log.ts";
import { loadRegistry, type ModelVersion } from "../../shared/model/registry.ts";
import { CPU_ONLY } from "../../worker/score/execution-provider.ts";
import { runnerEnvironment } from "../../worker/score/runner-environment.ts";
import { RunnerDied } from "../../worker/score/runner-died.ts";
import { RunnerProcess } from "../../worker/score/runner-process.ts";
import type { RunResult } from "../../worker/score/run-request.ts";
import { Slots } from "../../worker/score/slots.ts";
import { pacedModel } from "../support/models.ts";
import { until } from "../support/until.ts";

const logger = createLogger("test", "silent");
const environment = runnerEnvironment(process.env);
const models = pacedModel({});
after(() => rmSync(models, { recursive: true }));

function paced(): ModelVersion {
  return loadRegistry(models).resolve("paced");
}

/** A runner that has loaded the model. */
async function loadedRunner(t: TestContext): Promise<RunnerProcess> {
  const runner = new RunnerProcess({ logger, environment });
  t.after(async () => {
    runner.kill();
    await runner.gone;
  });
  await runner.load(paced());
  return runner;
}

function pidOf({ pid }: RunnerProcess): number {
  assert.ok(pid !== undefined, "it lives");
  return pid;
}

interface Begun {
  readonly answer: Promise<RunResult>;
}

/** Returns when the runner has begun. */
async function begin(
  runner: RunnerProcess,
  ms: number,
  timeoutMs: number,
  bytes?: number,
): Promise<Begun> {
  const rows = [Buffer.from(JSON.stringify({ ms, bytes }))];
  return new Promise((resolve, reject) => {
    const answer = runner.run({
      version: paced(),
      rows,
      parameters: [{}],
      timeoutMs,
      onBegun: () => resolve({ answer }),
    });
    answer.catch(reject);
  });
}

async function run(runner: RunnerProcess, ms: number, timeoutMs: number): Promise<RunResult> {
  const { answer } = await begin(runner, ms, timeoutMs);
  return answer;
}

/** Bytes that this process has read so far, from whatever. */
function bytesRead(): number {
  return Number(/^rchar: (\d+)$/m.exec(readFileSync("/proc/self/io", "utf8"))?.[1]);
}

/** Holds this process's event loop, as a worker that was stopped or has too much to do. */
function holdLoop(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

describe("the time of a run", () => {
  it("does not count against an answer that has come and was not read", async (t) => {
    const runner = await loadedRunner(t);
    const { answer } = await begin(runner, 50, 200);
    holdLoop(2500);
    assert.deepEqual((await answer).failures, [null]);
    assert.deepEqual((await run(runner, 0, 1000)).failures, [null], "the runner lives");
  });

  it("stands still while worker and runner do", async (t) => {
    const runner = await loadedRunner(t);
    const { answer } = await begin(runner, 500, 3000);
    process.kill(pidOf(runner), "SIGSTOP");
    holdLoop(3300);
    process.kill(pidOf(runner), "SIGCONT");
    assert.deepEqual((await answer).failures, [null]);
  });

  it("begins when the runner begins", async (t) => {
    const runner = await loadedRunner(t);
    process.kill(pidOf(runner), "SIGSTOP");
    const answer = run(runner, 0, 2000);
    await sleep(2600);
    process.kill(pidOf(runner), "SIGCONT");
    assert.deepEqual((await answer).failures, [null]);
  });

  it("does not count against an answer that is being received", async (t) => {
    const runner = await loadedRunner(t);
    const timeoutMs = 5000;
    const before = bytesRead();
    const { answer } = await begin(runner, 0, timeoutMs, 64 * 1024 * 1024);
    while (bytesRead() < before + 1024 * 1024) await sleep(1);
    process.kill(pidOf(runner), "SIGSTOP");
    await sleep(timeoutMs + 500);
    process.kill(pidOf(runner), "SIGCONT");
    assert.deepEqual((await answer).failures, [null]);
  });

  it("ends a run that is over it", async (t) => {
    const runner = await loadedRunner(t);
    await assert.rejects(
      run(runner, -1, 300),
      (error) => error instanceof RunnerDied && error.reason === "timeout",
    );
  });
});

describe("slots", () => {
  /** Two slots whose runners are free. */
  async function startedSlots(t: TestContext, depth = 1): Promise<Slots> {
    const slots = new Slots({
      count: 2,
      depth,
      memoryBytes: undefined,
      offer: CPU_ONLY,
      preload: () => [],
      onFree: () => {},
      onLoadFailed: () => {},
      logger,
      environment,
      recorder: { sessionLoaded() {}, sessionLoadFailed() {}, runnerReplaced() {} },
    });
    t.after(() => slots.stop());
    await slots.start();
    return slots;
  }

  it("lend no runner that was killed, from the kill on", async (t) => {
    const slots = await startedSlots(t);
    const [first, second] = [slots.borrow(), slots.borrow()];
    first.kill();
    slots.giveBack(first);
    assert.deepEqual([slots.hasFree, slots.freeCount], [false, 0], "given back when killed");
    slots.giveBack(second);
    second.kill();
    assert.deepEqual([slots.hasFree, slots.freeCount], [false, 0], "killed when free");
    assert.throws(() => slots.borrow());
    await until("both are replaced", () => slots.freeCount === 2);
    for (const runner of [slots.borrow(), slots.borrow()]) {
      assert.notEqual(runner, first);
      assert.notEqual(runner, second);
    }
  });

  it("lend a runner once more than it runs, those with less in hand first, and none that is killed", async (t) => {
    const slots = await startedSlots(t, 2);
    await until("both are free", () => slots.freeCount === 4);
    const [first, second, third] = [slots.borrow(), slots.borrow(), slots.borrow()];
    assert.notEqual(first, second);
    assert.equal(slots.freeCount, 1);
    third.kill();
    const other = third === first ? second : first;
    await until("it is replaced", () => slots.freeCount === 3);
    slots.giveBack(third);
    assert.equal(slots.freeCount, 3, "what was killed is not free again");
    slots.giveBack(other);
    assert.equal(slots.freeCount, 4);
  });

  it("have a killed runner do no chore", async (t) => {
    const slots = await startedSlots(t);
    const borrowed = slots.borrow();
    const doers: RunnerProcess[] = [];
    const all = slots.onEach(async (runner) => {
      doers.push(runner);
      return Promise.resolve();
    });
    borrowed.kill();
    slots.giveBack(borrowed);
    await all;
    assert.equal(doers.includes(borrowed), false);
  });
});
