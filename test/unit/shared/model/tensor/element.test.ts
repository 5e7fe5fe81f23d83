import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import {
  dtypes,
  elementKinds,
  isNumeric,
  stringFault,
} from "../../../../../shared/model/tensor/element.ts";
import { elementJsonSchema } from "../../../../../shared/model/tensor/json-schema.ts";
import { packStrings, unpackStrings } from "../../../../../shared/model/tensor/strings.ts";

const numeric = dtypes.filter(isNumeric);

/** Whatever JSON may have where an element stands. */
const anything = fc.oneof(
  fc.double(),
  fc.integer(),
  fc.integer({ min: -130, max: 260 }),
  fc.boolean(),
  fc.bigInt({ min: -(2n ** 65n), max: 2n ** 65n }).map(String),
  fc.constantFrom("NaN", "Infinity", "-Infinity", "nan", "inf", "", "1", null, true, [], {}),
  fc.constantFrom(...[8, 16, 31, 32, 53, 63, 64].flatMap((bits) => [2 ** bits, -(2 ** bits)])),
  fc.string(),
);

for (const dtype of numeric) {
  const kind = elementKinds[dtype];
  const isTaken = new Ajv2020({ strict: false }).compile(elementJsonSchema(dtype));
  const blank = (): DataView => new DataView(new ArrayBuffer(kind.bytes));

  describe(`an element of ${dtype}`, () => {
    it("is taken in as it is put out, whatever a tensor holds", () => {
      const bits = fc.bigInt({ min: 0n, max: 2n ** BigInt(8 * kind.bytes) - 1n });
      const ends = fc.constantFrom(0n, 1n, 2n ** BigInt(8 * kind.bytes - 1), 0x7c00n, 0x7f800000n);
      fc.assert(
        fc.property(fc.oneof(bits, ends, fc.constant(0x7ff0000000000000n)), (raw) => {
          const held = blank();
          const bytes = BigInt.asUintN(8 * kind.bytes, dtype === "bool" ? raw & 1n : raw);
          for (let i = 0; i < kind.bytes; i += 1) {
            held.setUint8(i, Number((bytes >> BigInt(8 * i)) & 255n));
          }
          const shown = kind.read(held, 0);
          const sent: unknown = JSON.parse(JSON.stringify(shown));
          assert.ok(isTaken(sent), `${JSON.stringify(sent)} is not as the schema says`);
          const again = blank();
          assert.equal(kind.write(again, 0, sent), undefined);
          assert.equal(kind.read(again, 0), shown === 0 ? 0 : shown);
          // But for what JSON has no words for, bit by bit.
          const isOther = shown === "NaN" || Object.is(shown, -0);
          if (!isOther) assert.deepEqual(new Uint8Array(again.buffer), new Uint8Array(held.buffer));
        }),
        { numRuns: 1000 },
      );
    });

    it("is put out as it was taken in, or is refused", () => {
      let taken = 0;
      fc.assert(
        fc.property(anything, (given) => {
          const sent: unknown = JSON.parse(JSON.stringify(given));
          const held = blank();
          if (kind.write(held, 0, sent) !== undefined) return;
          taken += 1;
          assert.ok(isTaken(sent), `${JSON.stringify(sent)} is not as the schema says`);
          const shown = kind.read(held, 0);
          const again = blank();
          assert.equal(kind.write(again, 0, shown), undefined);
          assert.equal(kind.read(again, 0), shown);
          if (dtype === "float64" || !dtype.startsWith("float"))
            assert.equal(String(shown), plain(sent));
        }),
        { numRuns: 1000 },
      );
      assert.ok(taken > 20, `${taken} were taken`);
    });
  });
}

/** "007" is 7, and -0 is 0. */
function plain(sent: unknown): string {
  return typeof sent === "string" && /^-?\d+$/.test(sent) ? String(BigInt(sent)) : String(sent);
}

describe("an element of string", () => {
  it("is put out as it was taken in, whatever is well-formed", () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.string(), fc.constantFrom("", "👨‍👩‍👧", "\u{FEFF}a"))),
        (texts) => {
          const taken = texts.filter((one) => stringFault(one) === undefined);
          assert.deepEqual(unpackStrings(packStrings(taken), taken.length).strings, taken);
        },
      ),
    );
    for (const bad of [null, 1, "\uD83D", "a\0"]) assert.ok(stringFault(bad) !== undefined);
  });
});
