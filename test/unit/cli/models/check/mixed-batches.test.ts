import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { mixedBatches } from "../../../../../cli/models/check/neighbours.ts";

const rowsOf = (lengths: readonly number[]) =>
  lengths.map((length, i) => ({ name: `${i}`, row: Buffer.alloc(length), parameters: {} }));

describe("mixed batches", () => {
  it("hold every row three times, and no more than fit", () => {
    const lengths = fc.array(fc.nat(50), { minLength: 2, maxLength: 40 });
    fc.assert(
      fc.property(lengths, fc.integer({ min: 2, max: 16 }), (given, size) => {
        const rows = rowsOf(given);
        const batches = mixedBatches(rows, size);
        assert.ok(batches.every((batch) => batch.length > 0 && batch.length <= size));
        const names = batches.flat().map(({ name }) => name);
        const wanted = rows.flatMap(({ name }) => [name, name, name]);
        assert.deepEqual(names.toSorted(), wanted.toSorted());
      }),
    );
  });

  it("have the shortest beside the longest", () => {
    const batches = mixedBatches(rowsOf([3, 9, 1, 7]), 2);
    const lengths = batches.slice(-2).map((batch) => batch.map(({ row }) => row.length));
    assert.deepEqual(lengths, [
      [1, 9],
      [3, 7],
    ]);
  });
});
