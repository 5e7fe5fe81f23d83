import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { schemaError } from "../../../../../shared/model/faults.ts";
import {
  manifestSchema,
  type Manifest,
  contractOf,
  publishSchemas,
} from "../../../../../shared/model/manifest.ts";
import { unpackRow } from "../../../../../shared/model/tensor/row.ts";
import { unpackStrings } from "../../../../../shared/model/tensor/strings.ts";
import { writeTensor } from "../../../../../shared/model/tensor/write-tensor.ts";

const given = {
  name: "m",
  version: 1,
  file: { path: "model.onnx", bytes: 1, sha256: "0".repeat(64) },
  inputs: [
    { name: "grid", dtype: "int64", shape: ["batch", "n", "m"] },
    { name: "words", dtype: "string", shape: ["batch", "n", 2] },
  ],
  outputs: [{ name: "y", dtype: "float32", shape: ["batch", "k"] }],
  pipeline: { type: "tensor" },
};

function modelWith(dimensions: object): Manifest {
  return manifestSchema.parse({ ...given, dimensions });
}

describe("dimensions that vary", () => {
  it("have the sizes that came in, and the published schema allows no others", () => {
    const manifest = modelWith({ n: { min: 2, max: 4 } });
    const contract = contractOf(manifest);
    const ajv = new Ajv2020({ strict: false });
    const { input: schema, output } = publishSchemas(contract);
    const fits = ajv.compile(schema);
    const sizes = fc.record({
      n: fc.integer({ min: 2, max: 4 }),
      m: fc.integer({ min: 1, max: 5 }),
    });
    fc.assert(
      fc.property(sizes, ({ n, m }) => {
        const elements = Array.from({ length: n * m }, (_, i) => i - 3);
        const grid = Array.from({ length: n }, (_, i) => elements.slice(i * m, (i + 1) * m));
        const words = Array.from({ length: n }, (_, i) => ["é", `${i}`]);
        const typed = { datatype: "BYTES", shape: [n, 2], data: words.flat() };
        for (const input of [
          { grid, words },
          { grid, words: typed },
        ]) {
          assert.ok(fits(input), JSON.stringify(fits.errors));
          const row = unpackRow(contract.input.parse(input), manifest.inputs);
          assert.deepEqual([...row.sizes], Object.entries({ n, m }));
          const [ids = new Uint8Array(), texts = new Uint8Array()] = row.tensors;
          const back = writeTensor({ dtype: "int64", dims: [n, m], elements: ids }, "nested");
          assert.deepEqual(back, grid);
          assert.deepEqual(unpackStrings(Buffer.from(texts), n * 2).strings, words.flat());
        }
        assert.ok(!fits({ grid: [[1]], words }));
        assert.ok(!fits({ grid, words: { ...typed, shape: [5, 2] } }));
      }),
    );
    assert.ok(ajv.compile(output)({ y: [1, 2, 3] }));
  });

  it("leave no way to send bytes of an unknown shape", () => {
    const inputs = [{ name: "x", dtype: "int64", shape: ["batch", "n"] }];
    assert.deepEqual(contractOf(manifestSchema.parse({ ...given, inputs })).media, []);
  });

  it("make no row larger than a row may be", () => {
    const model = (shape: readonly unknown[]): Manifest =>
      manifestSchema.parse({ ...given, inputs: [{ name: "x", dtype: "uint8", shape }] });
    const bytes = 16 * 1024 * 1024;
    const data = Buffer.alloc(bytes).toString("base64");
    const x = { datatype: "UINT8", shape: [bytes], encoding: "base64", data };
    assert.match(fault({ x }, model(["batch", "n"])) ?? "", /^ is larger than 16777216 bytes/);
    assert.equal(fault({ x }, model(["batch", bytes])), undefined);
  });
});

/** Pointer and text of the first fault; undefined when there is none. */
function fault(input: unknown, manifest: Manifest): string | undefined {
  const parsed = contractOf(manifest).input.safeParse(input);
  if (parsed.success) return undefined;
  const [first] = schemaError(parsed.error, "").faults;
  return `${first?.pointer} ${first?.detail}`;
}

describe("dimensions that do not agree", () => {
  const words = [["a", "b"]];
  const typed = { datatype: "INT64", shape: [1, 2], data: [1, 2] };
  const cases: readonly (readonly [grid: unknown, expected: RegExp])[] = [
    [[], /^\/grid has 0 elements where "n" is 1 to 2/],
    [[[]], /^\/grid\/0 has 0 elements where "m" is 1 or more/],
    [[[1], [2], [3]], /^\/grid has 3 elements where "n" is 1 to 2/],
    [[[1], [2]], /^\/words has 1 elements where "n" is 2 in this row/],
    [[[1, 2], [3]], /^\/grid\/1 has 1 elements where 2 are expected/],
    [5, /^\/grid is not a list as long as "n"/],
    [[5], /^\/grid\/0 is not a list as long as "m"/],
    [{ ...typed, shape: [1, 1, 2] }, /^\/grid\/shape has rank 3; .*\[n, m\]; the batch/],
    [{ ...typed, shape: [0, 2] }, /^\/grid\/shape\/0 is 0 where "n" is 1 to 2/],
    [{ ...typed, shape: [2, 1] }, /^\/words has 1 elements where "n" is 2 in this row/],
    [{ ...typed, shape: [1, 1e9] }, /^\/grid\/data has 2 elements where 1000000000 are/],
    [
      { ...typed, shape: [1, 1e9], encoding: "base64", data: "AAAA" },
      /^\/grid\/data has 3 bytes; a row of shape \[1, 1000000000\] of INT64 has 8000000000/,
    ],
  ];
  for (const [grid, expected] of cases) {
    it(`are named: ${JSON.stringify(grid)}`, () => {
      assert.match(fault({ grid, words }, modelWith({ n: { max: 2 } })) ?? "taken", expected);
    });
  }
});

describe("a manifest with dimensions that vary", () => {
  const faults = (changes: object): string[] => {
    const parsed = manifestSchema.safeParse({ ...given, ...changes });
    return (parsed.error?.issues ?? []).map(({ path, message }) => `${path.join(".")} ${message}`);
  };

  it("is refused for ranges that are none, or of no dimension", () => {
    const dimensions = { n: { min: 3, max: 2 }, k: {} };
    assert.deepEqual(faults({ dimensions }), [
      "dimensions.n.max is less than `min`",
      "dimensions.k is not a dimension of the inputs",
    ]);
    for (const dim of ["batch", "", 0, 1.5, null]) {
      const outputs = [{ name: "y", dtype: "float32", shape: ["batch", dim] }];
      const expected =
        'outputs.0.shape.1 is neither a positive integer nor a name other than "batch"';
      assert.deepEqual(faults({ outputs }), [expected]);
    }
  });

  it("is refused for pipelines whose rows have one shape only", () => {
    const columns = [{ name: "a", type: "integer", input: "grid" }];
    const [first, ...others] = faults({ pipeline: { type: "tabular", columns } });
    assert.match(
      String(first),
      /^pipeline cannot have "n" vary; these pipelines can: .*, tensor, script$/,
    );
    assert.deepEqual(others, []);
  });
});
