import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { batchSizes } from "../../../../../cli/models/check/measure.ts";
import { proposeBatchSize, type Measured } from "../../../../../cli/models/check/propose.ts";
import { reportLines } from "../../../../../cli/models/check/report-lines.ts";
import { speedFindings } from "../../../../../cli/models/check/speed.ts";
import { readManifest } from "../../../../support/score.ts";

/** Batches of `size` rows at `rowsPerSecond`, in the worst round too unless it is given. */
function measured(size: number, rowsPerSecond: number, worst = rowsPerSecond): Measured {
  const batchMs = (size / rowsPerSecond) * 1000;
  return { batchSize: size, runs: 3, rowsPerSecond, worstRowsPerSecond: worst, batchMs };
}

describe("the proposed batch size", () => {
  it("is the smallest within 5 % of the best rows per second", () => {
    const sizes = [measured(1, 100), measured(2, 190), measured(4, 195), measured(8, 200)];
    assert.equal(proposeBatchSize(sizes, 30_000), 2);
    assert.equal(
      proposeBatchSize([measured(1, 100), measured(2, 189), measured(4, 200)], 30_000),
      4,
    );
  });

  it("takes no longer for a batch than a tenth of run_timeout_ms", () => {
    const sizes = [measured(1, 10), measured(2, 15), measured(4, 20)]; // 100, 133 and 200 ms
    assert.equal(proposeBatchSize(sizes, 2000), 4);
    assert.equal(proposeBatchSize(sizes, 1999), 2);
    assert.equal(proposeBatchSize(sizes, 999), undefined);
  });

  it("is looked for among 1, 2, 4, … 64, and what the manifest says, even beyond", () => {
    assert.deepEqual(batchSizes(32), [1, 2, 4, 8, 16, 32, 64]);
    assert.deepEqual(batchSizes(24), [1, 2, 4, 8, 16, 24, 32, 64]);
    assert.deepEqual(batchSizes(100), [1, 2, 4, 8, 16, 32, 64, 100]);
  });
});

describe("a table of batch sizes", () => {
  const lines = (...sizes: readonly Measured[]): string => {
    const speed = { measured: sizes, maxBatchSize: 2, proposed: 1 };
    return reportLines({ subject: "m@1", findings: [], speed }).join("\n");
  };

  it("says that the machine was busy when rounds were far apart", () => {
    assert.match(lines(measured(1, 100, 60), measured(2, 100)), /the machine is busy/);
    const calm = lines(measured(1, 100, 70), measured(2, 99.5));
    assert.ok(!calm.includes("busy"));
    assert.match(calm, /^ {2}1 +100 +70\.0 +10 +proposed\n {2}2 +99\.5 +99\.5 +20 +manifest$/m);
  });
});

describe("a note about max_batch_size", () => {
  const manifest = { ...readManifest("models/wine/1"), run_timeout_ms: 30_000 };
  const noted = (sizes: readonly Measured[], maxBatchSize: number): string[] => {
    const proposed = proposeBatchSize(sizes, manifest.run_timeout_ms);
    return speedFindings({ measured: sizes, maxBatchSize, proposed }, { manifest }).map(
      ({ why, fix }) => `${why} ${fix}`,
    );
  };

  it("is made when the manifest's size is slower than the proposed one", () => {
    const [note, ...others] = noted([measured(1, 100, 98), measured(8, 50)], 8);
    assert.match(note ?? "", /8 score 50 % .* batches of 1 do.*"max_batch_size": 1/);
    assert.deepEqual(others, []);
  });

  it("is not made when rounds differ by more than the sizes do, nor for less than 5 %", () => {
    assert.deepEqual(noted([measured(1, 100, 45), measured(8, 50)], 8), []);
    assert.deepEqual(noted([measured(1, 100, 99), measured(8, 98)], 8), []);
  });

  it("is made when a batch comes near to run_timeout_ms", () => {
    const [slow] = noted([measured(1, 10), measured(64, 20)], 64); // 3.2 s
    assert.match(
      slow ?? "",
      /64 rows takes more than a tenth of run_timeout_ms.*"max_batch_size": 1/,
    );
    const [tooSlow] = noted([measured(1, 0.25)], 1);
    assert.match(tooSlow ?? "", /takes 4000 ms.*"run_timeout_ms": 40000/);
  });
});
