import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { adviceOf, adviceText } from "../../../../../cli/models/check/gpu-advice.ts";
import type { Report, Speed } from "../../../../../cli/models/check/report.ts";

/** Rows per second by batch. */
function speed(rates: Readonly<Record<number, number>>, proposed: number | undefined): Speed {
  const measured = Object.entries(rates).map(([batch, rowsPerSecond]) => ({
    batchSize: Number(batch),
    runs: 3,
    rowsPerSecond,
    worstRowsPerSecond: rowsPerSecond,
    batchMs: (Number(batch) / rowsPerSecond) * 1000,
  }));
  return { measured, maxBatchSize: 8, proposed };
}

function report(gpuSpeed: Speed, placed = 9): Report {
  const placement = {
    provider: placed > 0 ? ("webgpu" as const) : ("cpu" as const),
    nodes: { placed, all: 10 },
  };
  return {
    subject: "m@1",
    findings: [],
    gpu: { device: { provider: "webgpu", name: "Adapter" }, placement },
    speed: gpuSpeed,
    cpuSpeed: speed({ 1: 100, 8: 110 }, 1),
  };
}

describe("the advice between a GPU and the CPU", () => {
  it("is the GPU, in its batch, when its best batch does enough more rows than the core's", () => {
    assert.deepEqual(adviceOf(report(speed({ 1: 90, 8: 400, 64: 410 }, 8))), {
      provider: "webgpu",
      maxBatchSize: 8,
      ratio: 4,
    });
  });

  it("is the CPU, in its batch, when the GPU does hardly more", () => {
    const advice = adviceOf(report(speed({ 1: 90, 8: 119 }, 8)));
    assert.deepEqual(advice, { provider: "cpu", maxBatchSize: 1, ratio: 1.19 });
  });

  it("is the CPU when no node is on the GPU, however the times came out", () => {
    assert.equal(adviceOf(report(speed({ 8: 400 }, 8), 0))?.provider, "cpu");
  });

  it("says why, and nothing of the GPU's times where it has no node", () => {
    const textOf = (rows: number, placed: number): string => {
      const whole = report(speed({ 8: rows }, 8), placed);
      const advice = adviceOf(whole);
      assert.ok(advice !== undefined);
      return adviceText(advice, whole.gpu);
    };
    assert.equal(textOf(400, 9), "The GPU does 4.00 times the rows per second of one core.");
    assert.match(textOf(119, 9), /^The GPU does 1\.19 times .* worth it from 1\.2 times\.$/);
    assert.match(textOf(400, 0), /^The GPU has no node of the graph/);
  });

  it("is none where one of both was not measured", () => {
    const { speed: _, ...unmeasured } = report(speed({ 1: 90 }, 1));
    assert.equal(adviceOf(unmeasured), undefined);
  });
});
