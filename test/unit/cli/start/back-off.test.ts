import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { countDeath, restartDelayMs } from "../../../../cli/start/back-off.ts";

describe("back-off", () => {
  it("starts at half a second, doubles, and never waits longer than 30 s", () => {
    const delays = [1, 2, 3, 4, 5, 6, 7, 8, 1000].map(restartDelayMs);
    assert.deepEqual(delays, [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
  });

  it("counts on while deaths follow one another", () => {
    assert.equal(countDeath(0, 0), 1);
    assert.equal(countDeath(3, 59_999), 4);
  });

  it("starts again from one after a process was ready for a minute", () => {
    assert.equal(countDeath(7, 60_000), 1);
  });
});
