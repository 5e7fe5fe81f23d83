import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { keptCounts, keptPositions } from "../../../../../worker/runner/tokens/truncate.ts";

describe("what remains of texts that are too long", () => {
  const cases: readonly (readonly [counts: number[], most: number, kept: number[]])[] = [
    [[5], 8, [5]],
    [[5], 3, [3]],
    [[2, 3], 5, [2, 3]],
    // The longer one is cut first, whichever it is.
    [[2, 9], 6, [2, 4]],
    [[9, 2], 6, [4, 2]],
    // Then both, to halves.
    [[9, 9], 7, [3, 4]],
    [[9, 8], 7, [4, 3]],
    [[4, 4], 0, [0, 0]],
  ];
  for (const [counts, most, kept] of cases) {
    it(`is ${kept.join(" and ")} of ${counts.join(" and ")} tokens where there is room for ${most}`, () => {
      assert.deepEqual(keptCounts(counts, most), kept);
    });
  }

  it("has all special tokens, and the beginning or the end of the text", () => {
    const sequences = [null, 0, 0, 0, 0, null];
    assert.deepEqual(keptPositions(sequences, 4, "right"), [0, 1, 2, 5]);
    assert.deepEqual(keptPositions(sequences, 4, "left"), [0, 3, 4, 5]);
  });
});
