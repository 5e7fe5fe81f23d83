import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { loadRegistry } from "../../../../shared/model/registry.ts";
import type { Progress } from "../../../../worker/score/runner-died.ts";
import { afterDeath, type MortalTask } from "../../../../worker/score/task.ts";

const version = loadRegistry("test/fixtures/models").resolve("slow-text");

function newTask(): MortalTask {
  return { version, company: "any", crashes: 0, unbegun: 0 };
}

/** Codes of the ends after each death, undefined where the task is run again. */
function codesOf(
  task: MortalTask,
  deaths: readonly (readonly [Progress, "crash" | "timeout", companions?: number])[],
): readonly (string | undefined)[] {
  return deaths.map(
    ([progress, reason, companions = 0]) =>
      afterDeath(task, companions, { progress, reason })?.code,
  );
}

describe("the verdict after a runner's death", () => {
  it("is none, however often, while the runner was dead before it was sent anything", () => {
    const task = newTask();
    for (let i = 0; i < 10; i++)
      assert.deepEqual(codesOf(task, [["unsent", "timeout"]]), [undefined]);
    assert.deepEqual([task.crashes, task.company], [0, "any"]);
  });

  it("believes twice that a runner was dying which had not begun, and then no more", () => {
    const task = newTask();
    const death = ["sent", "crash"] as const;
    assert.deepEqual(codesOf(task, [death, death]), [undefined, undefined]);
    assert.deepEqual([task.crashes, task.company], [0, "any"]);
    assert.deepEqual(codesOf(task, [death, death]), [undefined, "model_crash"]);
  });

  it("costs those in company nothing but the company", () => {
    const task = newTask();
    assert.deepEqual(codesOf(task, [["running", "timeout", 3]]), [undefined]);
    assert.deepEqual([task.crashes, task.company], [0, "alone"]);
  });

  it("says of the second death alone what it was", () => {
    const run = (...deaths: Parameters<typeof codesOf>[1]): string | undefined =>
      codesOf(newTask(), deaths).at(-1);
    assert.equal(run(["running", "crash"], ["running", "timeout"]), "attempt_timeout");
    assert.equal(run(["running", "timeout"], ["running", "crash"]), "model_crash");
    assert.equal(run(["loading", "timeout"], ["loading", "timeout"]), "model_unavailable");
  });
});
