import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { percentiles, Tally } from "../../../../cli/score/tally.ts";

const METRICS = {
  queue_ms: 1,
  batch_wait_ms: 2,
  decode_ms: 3,
  inference_ms: 4,
  total_ms: 15,
  batch_size: 2,
};

describe("percentiles", () => {
  it("are values that there are, by nearest rank", () => {
    const values = Array.from({ length: 100 }, (_, i) => 100 - i);
    const expected = { mean: 50.5, p50: 50, p90: 90, p95: 95, p99: 99, max: 100 };
    assert.deepEqual(percentiles(values), expected);
    assert.deepEqual(percentiles([7]), { mean: 7, p50: 7, p90: 7, p95: 7, p99: 7, max: 7 });
  });
});

describe("a tally", () => {
  it("splits the time of an answer into phases that add up to it", () => {
    const tally = new Tally();
    tally.add({ metrics: METRICS }, 20);
    const means = Object.entries(tally.figures().phasesMs ?? {}).map(([, { mean }]) => mean);
    assert.deepEqual(means, [1, 2, 3, 4, 5, 5]);
  });

  it("counts errors by code, the most frequent first, and nothing of what was given up", () => {
    const tally = new Tally();
    const codes = ["model_error", "queue_full", "queue_full", "stopped"];
    for (const code of codes) tally.add({ code }, 1);
    const { errors, requests, succeeded, latencyMs } = tally.figures();
    assert.deepEqual(Object.entries(errors), [
      ["queue_full", 2],
      ["model_error", 1],
    ]);
    assert.deepEqual([requests, succeeded, latencyMs], [3, 0, undefined]);
  });

  it("counts a job's share of its batch as the time that it took of a slot", () => {
    const tally = new Tally();
    for (let i = 0; i < 4; i += 1) tally.add({ metrics: METRICS, rows: 1 }, 20);
    const { slotsBusy, seconds, batchSize } = tally.figures();
    assert.ok(Math.abs(slotsBusy * seconds * 1000 - 4 * 3.5) < 0.001);
    assert.equal(batchSize, 2);
  });
});
