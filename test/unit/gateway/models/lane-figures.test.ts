import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { laneFigures } from "../../../../gateway/models/lane-figures.ts";

const IDLE = {
  outstanding: 0,
  depth: 0,
  load: 0,
  running: 0,
  arrivalRate: 0,
  endRate: undefined,
  runMs: undefined,
  oldestAgeMs: undefined,
  pause: undefined,
  isRecent: false,
};

describe("the wait that a lane tells", () => {
  it("is none where it is empty and somebody serves it, and not known where nobody does", () => {
    assert.equal(laneFigures(IDLE, { ready: 1 }).estimated_wait_ms, 0);
    assert.equal(laneFigures(IDLE, { ready: 0 }).estimated_wait_ms, null);
  });

  it("is that of what waits, by the rate at which it ends", () => {
    const busy = { ...IDLE, outstanding: 20, depth: 20, running: 0, endRate: 10 };
    assert.equal(laneFigures(busy, { ready: 1 }).estimated_wait_ms, 2000);
    assert.equal(laneFigures(busy, { ready: 0 }).estimated_wait_ms, null);
  });
});
