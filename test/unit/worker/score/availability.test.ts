import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createLogger } from "../../../../shared/log.ts";
import { loadRegistry } from "../../../../shared/model/registry.ts";
import { Availability } from "../../../../worker/score/availability.ts";
import { RunnerDied } from "../../../../worker/score/runner-died.ts";

describe("what a worker says of a version whose runner died", () => {
  const version = loadRegistry("models").resolve("wine");
  for (const [progress, isBlamed] of [
    ["unsent", false],
    ["sent", false],
    ["loading", true],
    ["running", true],
  ] as const) {
    it(`${isBlamed ? "blames it" : "does not blame it"} when that was ${progress}`, () => {
      const availability = new Availability(createLogger("worker", "silent"));
      availability.add(version);
      availability.noteStarted(version);
      availability.noteFailure(version, new RunnerDied("crash", "gone", progress));
      assert.equal(availability.isFailing(version), isBlamed);
    });
  }
});
