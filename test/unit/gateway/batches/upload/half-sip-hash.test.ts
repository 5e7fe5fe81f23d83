import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { HalfSipHash } from "../../../../../gateway/batches/upload/half-sip-hash.ts";

/** Of the reference implementation: inputs of 0 to 5 bytes (0, 1, 2, …) under the key 0, 1, … 7. */
const VECTORS = [
  "218d1f59b9b83cc8",
  "be552412f8387315",
  "064f39ef7c50eb57",
  "ce0f1a45f7060679",
  "d5e78a175be52ea1",
  "cb9d7c3f2f3db580",
];

describe("the hash of custom ids", () => {
  it("is HalfSipHash-2-4", () => {
    const hash = new HalfSipHash([0x03_02_01_00, 0x07_06_05_04]);
    const found = VECTORS.map((_, length) => {
      hash.hash(Uint8Array.from({ length }, (__, i) => i));
      const bytes = Buffer.alloc(8);
      bytes.writeInt32LE(hash.low, 0);
      bytes.writeInt32LE(hash.high, 4);
      return bytes.toString("hex");
    });
    assert.deepEqual(found, VECTORS);
  });
});
