import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { CustomIds } from "../../../../../gateway/batches/upload/custom-ids.ts";
import { readItem } from "../../../../../gateway/batches/upload/item.ts";
import { PlainItems } from "../../../../../gateway/batches/upload/plain-item.ts";
import { parseJson } from "../../../../../gateway/http/parse-json.ts";
import type { BatchItem } from "../../../../../shared/batch/items.ts";
import { ScoringError } from "../../../../../shared/error.ts";
import { contractOf } from "../../../../../shared/model/pipelines/tabular/contract.ts";
import { settings } from "../../../../../shared/model/pipelines/tabular/settings.ts";
import type { TensorSettings } from "../../../../../shared/model/tensor/settings.ts";

const tensor = (
  name: string,
  dtype: "float32" | "float64" | "int16",
  count: number,
): TensorSettings => ({ name, dtype, shape: ["batch", count] });

const contract = contractOf(
  settings.parse({
    type: "tabular",
    columns: [
      { name: "alcohol", type: "number", input: "a" },
      { name: "year", type: "integer", input: "a" },
      { name: "hue (nm)", type: "number", input: "b", missing: "nan" },
      { name: "grade", type: "integer", input: "c", values: [1, 2, 3] },
    ],
  }),
  {
    inputs: [tensor("a", "float32", 2), tensor("b", "float64", 1), tensor("c", "int16", 1)],
    outputs: [tensor("score", "float32", 1)],
    dimensions: {},
  },
);
const { plain } = contract;
assert.ok(plain !== undefined);

const plainly = (line: string): BatchItem | undefined =>
  new PlainItems(plain, new CustomIds()).read(Buffer.from(line));

/** What the schema makes of a line; undefined for a refusal. */
function bySchema(line: string): BatchItem | undefined {
  const reader = { contract, customIds: new CustomIds(), isLenient: false };
  try {
    return readItem(() => parseJson(Buffer.from(line)), "", reader);
  } catch (error) {
    assert.ok(error instanceof ScoringError);
    return undefined;
  }
}

const VALUES = ["13.2", "1998", "0.25", "2"];
const NAMES = ["alcohol", "year", "hue (nm)", "grade"];
const record = (values: readonly string[], names = NAMES): string =>
  `{${names.map((name, i) => `${JSON.stringify(name)}:${values[i]}`).join(",")}}`;

describe("a line of an upload that is read without a parser", () => {
  it("is one as programs write it", () => {
    const spaced = '{ "input": { "alcohol": 13.2, "year": 1998, "hue (nm)": 0.25, "grade": 2 } }';
    const turned =
      '{"custom_id":"a b","input":{"grade":2,"hue (nm)":0.25,"year":1998,"alcohol":13.2}}';
    const behind = `{"input":${record(VALUES)},"custom_id":"x"}\r`;
    for (const line of [spaced, turned, behind]) {
      const read = plainly(line);
      assert.ok(read !== undefined, line);
      assert.deepEqual(read, bySchema(line));
    }
  });

  it("may lack what may be missing, as null or altogether", () => {
    const [, , , ...last] = NAMES;
    const names = ["alcohol", "year", ...last];
    for (const text of [
      record(["13.2", "1998", " null", "2"]),
      record(["13.2", "1998", "2"], names),
      record(["2", "1998", "13.2"], names.toReversed()),
    ]) {
      const line = `{"input":${text}}`;
      const read = plainly(line);
      assert.ok(read !== undefined && "row" in read, line);
      assert.ok(Number.isNaN(read.row.readDoubleLE(9)), line);
      assert.deepEqual(read, bySchema(line));
    }
    for (const values of ["null,1998,0.25,2", "13.2,1998,nul,2", "13.2,1998,nullx,2"]) {
      assert.equal(plainly(`{"input":${record(values.split(","))}}`), undefined);
    }
  });

  it("gives what the schema gives, or is left to it", () => {
    const number = fc.oneof(
      fc.double().map((value) => JSON.stringify(value)),
      fc.integer().map(String),
      fc.nat({ max: 10_000_000 }).map((value) => String(value / 100)),
      fc.constantFrom("1", "2", "-0", "0.0", "01", "1.", ".5", "-", "1e3", "1E400", "1e39"),
      fc.constantFrom("123456789012345", "1234567890123456", "0.1234567890123456789", "16777217"),
      fc.constantFrom("null", '"3"', "NaN", "true", "[]", "{}", ""),
    );
    const good = fc.tuple(
      fc.double({ noNaN: true, min: -1e30, max: 1e30 }).map(String),
      fc.integer({ min: -1000, max: 3000 }).map(String),
      fc.float({ noDefaultInfinity: true, noNaN: true }).map(String),
      fc.constantFrom("1", "2", "3"),
    );
    const values = fc.oneof(good, fc.tuple(number, number, number, number));
    const names = fc.oneof(
      { weight: 3, arbitrary: fc.constant(NAMES) },
      fc.shuffledSubarray(NAMES),
      fc.array(fc.constantFrom(...NAMES, "al\\u0063ohol", "else"), { maxLength: 5 }),
    );
    const often = (usual: string, other: fc.Arbitrary<string>): fc.Arbitrary<string> =>
      fc.oneof({ weight: 3, arbitrary: fc.constant(usual) }, other);
    const head = fc.constantFrom(
      "",
      '"custom_id":"",',
      '"custom_id":"é",',
      '"custom_id":null,',
      '"custom_id":7,',
      '"custom_id":,',
      '"parameters":{},',
      `"custom_id":"${"x".repeat(513)}",`,
      " ",
      ",",
    );
    const tail = fc.constantFrom("}", "} ", ',"custom_id":"z"}', ',"custom_id":}', "}}", "", ",}");
    const line = fc
      .tuple(often('"custom_id":"r1",', head), values, names, often("}", tail))
      .map(([start, given, named, end]) => `{${start}"input":${record(given, named)}${end}`);
    let read = 0;
    fc.assert(
      fc.property(line, (text) => {
        const item = plainly(text);
        if (item === undefined) return;
        read += 1;
        assert.deepEqual(item, bySchema(text));
      }),
      { numRuns: 5000 },
    );
    assert.ok(read > 500, `${read} lines were read`);
  });

  it("is refused a custom id that an earlier one has", () => {
    const items = new PlainItems(plain, new CustomIds());
    const line = Buffer.from(`{"custom_id":"a","input":${record(VALUES)}}`);
    assert.ok(items.read(line) !== undefined);
    assert.equal(items.read(line), undefined);
  });

  it("is never one of a model with text in its rows", () => {
    const columns = [{ name: "text", type: "string", input: "a" }];
    const texts = contractOf(settings.parse({ type: "tabular", columns }), {
      inputs: [{ name: "a", dtype: "string", shape: ["batch", 1] }],
      outputs: [tensor("score", "float32", 1)],
      dimensions: {},
    });
    assert.equal(texts.plain, undefined);
  });
});
