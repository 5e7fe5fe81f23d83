import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { packRows, unpackRows } from "../../../../shared/job/payload.ts";

const row = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes));

describe("payload", () => {
  it("gives back the rows that were packed", () => {
    fc.assert(
      fc.property(fc.array(row, { maxLength: 40 }), (rows) => {
        assert.deepEqual(unpackRows(packRows(rows)), rows);
      }),
    );
  });

  it("that was cut or lengthened is refused", () => {
    const payload = packRows([Buffer.from("one"), Buffer.from("two")]);
    for (let bytes = 0; bytes < payload.length; bytes++) {
      assert.throws(() => unpackRows(payload.subarray(0, bytes)), RangeError, `${bytes}`);
    }
    assert.throws(() => unpackRows(Buffer.concat([payload, Buffer.from("x")])), RangeError);
  });
});
