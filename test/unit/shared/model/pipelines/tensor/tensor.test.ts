import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { schemaError } from "../../../../../../shared/model/faults.ts";
import {
  manifestSchema,
  type Manifest,
  contractOf,
  publishSchemas,
} from "../../../../../../shared/model/manifest.ts";
import {
  datatypes,
  dtypes,
  isNumeric,
  type Dtype,
} from "../../../../../../shared/model/tensor/element.ts";
import { rowShape, unpackRow } from "../../../../../../shared/model/tensor/row.ts";
import { unpackStrings } from "../../../../../../shared/model/tensor/strings.ts";
import { writeTensor, type RowTensor } from "../../../../../../shared/model/tensor/write-tensor.ts";

/** A model with one input `x` of `shape`, a row's. */
function modelOf(dtype: Dtype, shape: readonly number[], more: object = {}): Manifest {
  const tensor = { name: "x", dtype, shape: ["batch", ...shape] };
  return manifestSchema.parse({
    name: "m",
    version: 1,
    file: { path: "model.onnx", bytes: 1, sha256: "0".repeat(64) },
    inputs: [{ ...tensor, ...more }],
    outputs: [{ ...tensor, name: "y" }],
    pipeline: { type: "tensor" },
  });
}

/** What the runner would hold, were the model the identity; and the form it answers in. */
function throughRow(row: Buffer, manifest: Manifest): unknown {
  const { form, tensors } = unpackRow(row, manifest.inputs);
  const [input] = manifest.inputs;
  const [bytes = new Uint8Array()] = tensors;
  assert.ok(input !== undefined);
  const dims = rowShape(input);
  const count = dims.reduce((product, dim) => product * dim, 1);
  const elements: RowTensor["elements"] = isNumeric(input.dtype)
    ? bytes
    : unpackStrings(Buffer.from(bytes), count).strings;
  return writeTensor({ dtype: input.dtype, dims, elements }, form);
}

const text = fc
  .string({ unit: "binary" })
  .filter((one) => one.isWellFormed() && !one.includes("\0"));
const finite = { noNaN: true, noDefaultInfinity: true };

const special = fc.constantFrom("NaN", "Infinity", "-Infinity");

/** Elements as JSON has them. -0 is left out: JSON.stringify writes it as 0. */
const elements: Readonly<Record<Dtype, fc.Arbitrary<unknown>>> = {
  float16: fc.oneof(
    fc.integer({ min: -65504, max: 65504 }).map((seventh) => Math.f16round(seventh / 7) + 0),
    special,
  ),
  float32: fc.oneof(
    fc.float(finite).map((value) => value + 0),
    special,
  ),
  float64: fc.oneof(
    fc.double(finite).map((value) => value + 0),
    special,
  ),
  int8: fc.integer({ min: -128, max: 127 }),
  int16: fc.integer({ min: -32768, max: 32767 }),
  int32: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  int64: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(jsonInteger),
  uint8: fc.integer({ min: 0, max: 255 }),
  uint16: fc.integer({ min: 0, max: 65535 }),
  uint32: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  uint64: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(jsonInteger),
  bool: fc.boolean(),
  string: fc.oneof(text, fc.constantFrom("", "🙂", "👨‍👩‍👧", "\u{FEFF}a", "e\u0301")),
};

function jsonInteger(value: bigint): number | string {
  return Number.isSafeInteger(Number(value)) ? Number(value) : value.toString();
}

describe("a tensor", () => {
  for (const dtype of dtypes) {
    it(`of ${dtype} comes out as it went in, in each of its forms`, () => {
      const manifest = modelOf(dtype, [2, 3]);
      const contract = contractOf(manifest);
      const { input, output } = publishSchemas(contract);
      const ajv = new Ajv2020({ strict: false });
      const [fits, answers] = [ajv.compile(input), ajv.compile(output)];
      const row = fc.array(elements[dtype], { minLength: 3, maxLength: 3 });
      fc.assert(
        fc.property(fc.tuple(row, row), (nested) => {
          const typed = { datatype: datatypes[dtype], shape: [2, 3], data: nested.flat() };
          for (const sent of [nested, typed]) {
            const json: unknown = JSON.parse(JSON.stringify({ x: sent }));
            assert.ok(fits(json), JSON.stringify(fits.errors));
            const got = throughRow(contract.input.parse(json), manifest);
            assert.deepEqual(got, sent);
            assert.ok(answers({ y: got }), JSON.stringify(answers.errors));
          }
          const bytes = contract.input.parse({ x: nested }).subarray(1);
          const encoded = {
            datatype: datatypes[dtype],
            shape: [2, 3],
            encoding: "base64",
            data: bytes.toString("base64"),
          };
          const again = contract.input.parse({ x: encoded });
          assert.deepEqual(again.subarray(1), bytes);
          assert.deepEqual(throughRow(again, manifest), encoded);
        }),
      );
    });
  }

  it("of any bits goes through as base64 and as a body, NaN and infinities too", () => {
    for (const dtype of ["float16", "float32", "float64", "int64"] as const) {
      const manifest = modelOf(dtype, [4]);
      const contract = contractOf(manifest);
      const size = { float16: 8, float32: 16, float64: 32, int64: 32 }[dtype];
      fc.assert(
        fc.property(fc.uint8Array({ minLength: size, maxLength: size }), (bytes) => {
          const data = Buffer.from(bytes).toString("base64");
          const x = { datatype: datatypes[dtype], shape: [4], encoding: "base64", data };
          assert.deepEqual(throughRow(contract.input.parse({ x }), manifest), x);
          assert.deepEqual(throughRow(contract.rowOfBody(Buffer.from(bytes)), manifest), x);
        }),
      );
    }
  });

  it("takes null where its manifest says what is missing, and only there", () => {
    const gaps = modelOf("float32", [3], { missing: "nan" });
    assert.deepEqual(throughRow(contractOf(gaps).input.parse({ x: [1, null, "NaN"] }), gaps), [
      1,
      "NaN",
      "NaN",
    ]);
    const fits = new Ajv2020({ strict: false }).compile(publishSchemas(contractOf(gaps)).input);
    assert.ok(fits({ x: [1, null, 2] }));
    assert.match(fault({ x: [1, "", 2] }, gaps) ?? "taken", /^\/x\/1 is not a number/);
    const texts = modelOf("string", [2], { missing: "?" });
    assert.deepEqual(throughRow(contractOf(texts).input.parse({ x: [null, "a"] }), texts), [
      "?",
      "a",
    ]);
    assert.throws(() => modelOf("int64", [3], { missing: "nan" }), /tensor of int64/);
    assert.throws(() => modelOf("float32", [3], { missing: "" }), /is not \\"nan\\"/);
  });

  it("without dimensions of its own is one value", () => {
    const manifest = modelOf("int64", []);
    const { input } = contractOf(manifest);
    assert.equal(throughRow(input.parse({ x: 5 }), manifest), 5);
    const typed = { datatype: "INT64", shape: [], data: ["-9223372036854775808"] };
    assert.deepEqual(throughRow(input.parse({ x: typed }), manifest), typed);
    assert.equal(fault({ x: [5] }, manifest), "/x is a list where one value is expected");
  });

  it("writes NaN, infinities and long integers as strings", () => {
    const floats = Float32Array.of(Number.NaN, Infinity, -Infinity, 0.5);
    const elementsOf = (array: ArrayBufferView): Uint8Array =>
      new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
    assert.deepEqual(
      writeTensor({ dtype: "float32", dims: [4], elements: elementsOf(floats) }, "nested"),
      ["NaN", "Infinity", "-Infinity", 0.5],
    );
    const longs = BigInt64Array.of(2n ** 53n - 1n, 2n ** 53n, -(2n ** 63n));
    assert.deepEqual(
      writeTensor({ dtype: "int64", dims: [3], elements: elementsOf(longs) }, "nested"),
      [9007199254740991, "9007199254740992", "-9223372036854775808"],
    );
  });
});

/** Pointer and text of the first fault; undefined when there is none. */
function fault(input: unknown, manifest: Manifest): string | undefined {
  const parsed = contractOf(manifest).input.safeParse(input);
  if (parsed.success) return undefined;
  const [first] = schemaError(parsed.error, "").faults;
  return `${first?.pointer} ${first?.detail}`;
}

describe("a tensor that is refused", () => {
  const grid = modelOf("float32", [2, 2]);
  const typed = { datatype: "FP32", shape: [2, 2], data: [1, 2, 3, 4] };
  const base64 = { ...typed, encoding: "base64" };
  const cases: readonly (readonly [input: unknown, manifest: Manifest, expected: RegExp])[] = [
    [{}, grid, /^\/x is missing/],
    [{ x: typed, z: 1 }, grid, /^\/z is not a known field/],
    [{ x: 5 }, grid, /^\/x is not a list of 2/],
    [{ x: null }, grid, /^\/x is not a list of 2/],
    [{ x: [] }, grid, /^\/x has 0 elements where 2/],
    [{ x: [[1, 2], []] }, grid, /^\/x\/1 has 0 elements where 2/],
    [{ x: [[1, 2], [3]] }, grid, /^\/x\/1 has 1 elements where 2/],
    [{ x: [[1, 2], 3] }, grid, /^\/x\/1 is not a list of 2/],
    [
      {
        x: [
          [1, 2],
          [3, [4]],
        ],
      },
      grid,
      /^\/x\/1\/1 is a list/,
    ],
    [
      {
        x: [
          [1, 2],
          [3, "4"],
        ],
      },
      grid,
      /^\/x\/1\/1 is not a number/,
    ],
    [
      {
        x: [
          [1, 2],
          [null, 4],
        ],
      },
      grid,
      /^\/x\/1\/0 is not a number/,
    ],
    [
      {
        x: [
          [1, 2],
          [3, 4e38],
        ],
      },
      grid,
      /^\/x\/1\/1 is too large for 32/,
    ],
    [JSON.parse('{"x":[[1,2],[1e999,4]]}'), grid, /^\/x\/1\/0 is too large/],
    [{ x: { ...typed, datatype: "FP64" } }, grid, /^\/x\/datatype is not FP32/],
    [{ x: { ...typed, shape: [1, 2, 2] } }, grid, /^\/x\/shape has rank 3.*batch/],
    [{ x: { ...typed, shape: [2, 3] } }, grid, /^\/x\/shape\/1 is 3, not 2/],
    [{ x: { ...typed, shape: [0, 2] } }, grid, /^\/x\/shape\/0 is 0, not 2/],
    [{ x: { ...typed, data: [1, 2, 3] } }, grid, /^\/x\/data has 3 elements where 4/],
    [{ x: { ...typed, data: [1, 2, "nan", 4] } }, grid, /^\/x\/data\/2 is not a number, nor "NaN"/],
    [{ x: { ...typed, data: [1, null, 3, 4] } }, grid, /^\/x\/data\/1 is not a number/],
    [{ x: { ...typed, dtype: "x" } }, grid, /^\/x\/dtype is not a known field/],
    [{ x: { ...base64, data: "%" } }, grid, /^\/x\/data is not base64/],
    [{ x: { ...base64, data: "AAAA" } }, grid, /^\/x\/data has 3 bytes.* has 16/],
    [{ x: { ...base64, data: [1] } }, grid, /^\/x\/data is not base64/],
    [{ x: [65520] }, modelOf("float16", [1]), /^\/x\/0 is too large for 16/],
    [{ x: [1.5] }, modelOf("int8", [1]), /^\/x\/0 is not an integer/],
    [{ x: [128] }, modelOf("int8", [1]), /^\/x\/0 is not between -128 and 127/],
    [{ x: [-1] }, modelOf("uint64", [1]), /^\/x\/0 is not between 0 and 18446744073709551615/],
    [JSON.parse('{"x":[9007199254740993]}'), modelOf("int64", [1]), /^\/x\/0 is beyond 2\^53/],
    [{ x: ["9223372036854775808"] }, modelOf("int64", [1]), /^\/x\/0 is not between/],
    [{ x: ["1e3"] }, modelOf("int64", [1]), /^\/x\/0 is not an integer of decimal digits/],
    [{ x: [1] }, modelOf("bool", [1]), /^\/x\/0 is not true or false/],
    [{ x: ["a", 1] }, modelOf("string", [2]), /^\/x\/1 is not a string/],
    [{ x: ["\uD83D"] }, modelOf("string", [1]), /^\/x\/0 holds half of a surrogate/],
    [{ x: ["a\0b"] }, modelOf("string", [1]), /^\/x\/0 holds U\+0000/],
  ];
  for (const [input, manifest, expected] of cases) {
    const shown = JSON.stringify(input).slice(0, 80);
    it(`is named: ${manifest.inputs[0]?.dtype} ${shown}`, () => {
      assert.match(fault(input, manifest) ?? "taken", expected);
    });
  }

  it("is a body of another length, and any for strings or several inputs", () => {
    assert.throws(() => contractOf(grid).rowOfBody(Buffer.alloc(15)), /15 bytes.* has 16/);
    assert.deepEqual(contractOf(modelOf("string", [1])).media, []);
  });

  it("is packed strings that are no strings", () => {
    const manifest = modelOf("string", [2]);
    const pack = (...bytes: number[]): unknown => ({
      x: {
        datatype: "BYTES",
        shape: [2],
        encoding: "base64",
        data: Buffer.from(bytes).toString("base64"),
      },
    });
    assert.equal(fault(pack(1, 0, 0, 0, 97, 0, 0, 0, 0), manifest), undefined);
    assert.match(fault(pack(1, 0, 0, 0, 97), manifest) ?? "", /does not hold 2 strings/);
    assert.match(fault(pack(9, 0, 0, 0, 97, 0, 0, 0, 0), manifest) ?? "", /does not hold 2/);
    assert.match(fault(pack(0, 0, 0, 0, 1, 0, 0, 0, 255), manifest) ?? "", /not UTF-8/);
    assert.match(fault(pack(0, 0, 0, 0, 0, 0, 0, 0, 1), manifest) ?? "", /more than 2/);
  });
});
