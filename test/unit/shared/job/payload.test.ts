import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { packRows, rowBuffer, unpackRows } from "../../../../shared/job/payload.ts";

const row = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes));

describe("payload", () => {
  it("gives back the rows that were packed", () => {
    fc.assert(
      fc.property(fc.array(row, { maxLength: 40 }), (rows) => {
        assert.deepEqual(unpackRows(packRows(rows)), rows);
      }),
    );
  });

  it("is made of a row where it lies, if there is room", () => {
    fc.assert(
      fc.property(row, (bytes) => {
        const mine = rowBuffer(bytes.length);
        mine.set(bytes);
        const payload = packRows([mine]);
        assert.deepEqual(payload, packRows([bytes]));
        assert.equal(payload.buffer, mine.buffer);
      }),
    );
  });

  it("is a copy of what is a part, or one of several rows", () => {
    const mine = rowBuffer(4);
    mine.set(Buffer.from("abcd"));
    for (const rows of [[mine.subarray(1)], [mine.subarray(0, 3)], [mine, mine]]) {
      const payload = packRows(rows);
      assert.notEqual(payload.buffer, mine.buffer);
      assert.deepEqual(unpackRows(payload), rows);
    }
    assert.equal(mine.toString(), "abcd");
  });

  it("that was cut or lengthened is refused", () => {
    const payload = packRows([Buffer.from("one"), Buffer.from("two")]);
    for (let bytes = 0; bytes < payload.length; bytes++) {
      assert.throws(() => unpackRows(payload.subarray(0, bytes)), RangeError, `${bytes}`);
    }
    assert.throws(() => unpackRows(Buffer.concat([payload, Buffer.from("x")])), RangeError);
  });
});
