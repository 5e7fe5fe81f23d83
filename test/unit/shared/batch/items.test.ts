import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import {
  isBad,
  packedBytes,
  packItems,
  readIds,
  unpackEven,
  unpackItems,
  type BatchItem,
} from "../../../../shared/batch/items.ts";

const customId = fc.option(fc.string({ unit: "grapheme", maxLength: 40 }), { nil: undefined });
const json = fc.option(fc.json(), { nil: undefined });
const rowItem: fc.Arbitrary<BatchItem> = fc
  .tuple(customId, json, fc.uint8Array({ maxLength: 200 }), json)
  .map(([id, parameters, row, expected]) => ({
    customId: id,
    parameters,
    row: Buffer.from(row),
    ...(expected === undefined ? {} : { expected }),
  }));
const badItem: fc.Arbitrary<BatchItem> = fc
  .tuple(customId, fc.json())
  .map(([id, problem]) => ({ customId: id, problem }));
const several = { minLength: 1, maxLength: 30 };
const mixedItems = fc.array(fc.oneof({ weight: 4, arbitrary: rowItem }, badItem), several);
const evenItems = fc.nat({ max: 60 }).chain((length) => {
  const row = fc.uint8Array({ minLength: length, maxLength: length });
  return fc.array(
    fc
      .tuple(customId, row)
      .map(([id, bytes]) => ({ customId: id, parameters: undefined, row: Buffer.from(bytes) })),
    several,
  );
});
const items: fc.Arbitrary<readonly BatchItem[]> = fc.oneof(mixedItems, evenItems);

describe("items of a chunk", () => {
  it("come back as they were packed", () => {
    fc.assert(
      fc.property(items, (given) => {
        const packed = packItems(given);
        assert.deepEqual(unpackItems(packed), given);
        const bytes = given.reduce((sum, item) => sum + packedBytes(item), 0);
        const isLabelled = given.some((item) => "expected" in item && item.expected !== undefined);
        assert.ok(packed.length <= bytes + 8 + (isLabelled ? 2 * given.length : 0));
      }),
    );
  });

  it("tell their custom ids, without those of bad ones, from their first bytes", () => {
    fc.assert(
      fc.property(items, fc.nat({ max: 500 }), (given, first) => {
        const packed = packItems(given);
        let bytes = 8 + first;
        for (let reads = 0; reads < 3; reads += 1) {
          const found = readIds(packed.subarray(0, bytes));
          if ("ids" in found) {
            const wanted = given.flatMap((item) =>
              isBad(item) || item.customId === undefined ? [] : [item.customId],
            );
            assert.deepEqual(found.ids, wanted);
            return;
          }
          assert.ok(found.needed > bytes && found.needed <= packed.length);
          bytes = found.needed;
        }
        assert.fail("two reads more are enough");
      }),
    );
  });

  it("stand side by side when their rows are all of one length", () => {
    fc.assert(
      fc.property(evenItems, (given) => {
        const { customIds, rows, rowBytes } = unpackEven(packItems(given)) ?? {};
        assert.deepEqual(
          customIds,
          given.map((item) => item.customId),
        );
        assert.equal(rowBytes, given[0]?.row.length);
        assert.deepEqual(rows, Buffer.concat(given.map(({ row }) => row)));
      }),
    );
  });

  it("are refused when bytes are missing, or of another format", () => {
    for (const parameters of ["{}", undefined]) {
      const packed = packItems([{ customId: "a", parameters, row: Buffer.from("row") }]);
      assert.throws(() => unpackItems(packed.subarray(0, -1)), RangeError);
      assert.throws(() => unpackItems(Buffer.concat([Buffer.from([9]), packed])), RangeError);
    }
  });
});
