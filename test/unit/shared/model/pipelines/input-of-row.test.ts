import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { dtypes } from "../../../../../shared/model/tensor/element.ts";
import { contractOf } from "../../../../../shared/model/manifest.ts";
import { loadRegistry } from "../../../../../shared/model/registry.ts";

const every = (value: (dtype: string) => unknown): object =>
  Object.fromEntries(dtypes.map((dtype) => [dtype, value(dtype)]));
const numbers = (dtype: string): readonly unknown[] => {
  if (dtype === "string") return ["a", "", "émigré 🙂"];
  return dtype === "bool" ? [true, false, true] : [1, 0, 3];
};
const typed = { datatype: "INT64", shape: [2], data: [5, "9007199254740993"] };
const base64 = { datatype: "FP32", shape: [2, 2], encoding: "base64" };

/** Inputs as clients send them, and as they come back where that is another way to say the same. */
const inputs: readonly (readonly [model: string, input: object, back?: object])[] = [
  ["slow-text@1", { text: "how do i clone an array? 克隆 🙂" }],
  ["script-example@1", { grades: ["A", "B"] }],
  ["all-dtypes@1", every(numbers)],
  ["lookup@1", { ids: [1, 2] }],
  ["lookup@1", { ids: typed }],
  ["two-outputs@1", { x: { ...base64, data: Buffer.alloc(16, 1).toString("base64") } }],
  ["mixed-columns@1", { plan: "émigré 🙂", age: 41.5, visits: 7, member: true }],
  [
    "mixed-columns@1",
    { plan: "other", age: 1 },
    { plan: "other", age: 1, visits: 3, member: false },
  ],
];

describe("an input out of the row that was made of it", () => {
  const registry = loadRegistry("test/fixtures/models");

  for (const [model, input, back = input] of inputs) {
    it(`${model}: ${JSON.stringify(input).slice(0, 60)}`, () => {
      const contract = contractOf(registry.resolve(model).manifest);
      const row = contract.input.parse(input);
      const read = JSON.parse(JSON.stringify(contract.inputOf(row))) as unknown;
      assert.deepEqual(read, back);
      assert.deepEqual(contract.input.parse(read), row, "and gives the same row again");
    });
  }

  it("is the file of an image, however it came", () => {
    const photos = loadRegistry("models").resolve("image-classification");
    const contract = contractOf(photos.manifest);
    const row = contract.rowOfBody(Buffer.from("is not looked into"));
    assert.deepEqual(contract.input.parse(contract.inputOf(row)), row);
  });
});
