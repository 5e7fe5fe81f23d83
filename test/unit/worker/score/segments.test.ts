import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { JobMetrics, Outcome } from "../../../../shared/job/outcome.ts";
import { segmentsOf } from "../../../../worker/score/segments.ts";

function metrics(batchSize: number): JobMetrics {
  return {
    queue_ms: 1,
    batch_wait_ms: 2,
    batch_size: batchSize,
    decode_ms: 3,
    inference_ms: 4,
    total_ms: 10,
    provider: "cpu",
    cold_start: false,
  };
}

function outcome(body: string, more: Partial<Outcome> = {}): Outcome {
  return { status: "succeeded", body, metrics: metrics(8), ...more };
}

/** As `first:bodies` each. */
function told(ended: readonly (readonly [number, Outcome])[]): readonly string[] {
  return segmentsOf(new Map(ended)).map(
    ({ first, outcomes }) => `${first}:${outcomes.map(({ body }) => body.toString()).join("")}`,
  );
}

describe("segments", () => {
  it("are one where all jobs of a pack ended together, in whatever order", () => {
    assert.deepEqual(told([]), []);
    assert.deepEqual(
      told([
        [2, outcome("c")],
        [0, outcome("a")],
        [1, outcome("b", { status: "failed" })],
      ]),
      ["0:abc"],
    );
  });

  it("part where a job is not among them", () => {
    assert.deepEqual(
      told([
        [0, outcome("a")],
        [1, outcome("b")],
        [3, outcome("d")],
        [10, outcome("k")],
      ]),
      ["0:ab", "3:d", "10:k"],
    );
  });

  it("part where the metrics differ, which each has once", () => {
    assert.deepEqual(
      told([
        [0, outcome("a")],
        [1, outcome("b", { metrics: metrics(2) })],
        [2, outcome("c", { metrics: metrics(2) })],
        [3, outcome("d", { metrics: undefined })],
      ]),
      ["0:a", "1:bc", "3:d"],
    );
  });

  it("say every end once, side by side, with the metrics that it had", () => {
    const ends = fc.dictionary(
      fc.integer({ min: 0, max: 31 }).map(String),
      fc.constantFrom(undefined, 1, 2),
    );
    fc.assert(
      fc.property(ends, (sizes) => {
        const ended = Object.entries(sizes).map(
          ([index, size]) =>
            [
              Number(index),
              outcome(index, { metrics: size === undefined ? undefined : metrics(size) }),
            ] as const,
        );
        const seen = segmentsOf(new Map(ended)).flatMap(({ first, outcomes }) => {
          for (const { metrics: own } of outcomes) assert.deepEqual(own, outcomes[0]?.metrics);
          return outcomes.map((one, i) => [first + i, one] as const);
        });
        assert.deepEqual(new Map(seen), new Map(ended));
        assert.equal(seen.length, ended.length);
      }),
    );
  });
});
