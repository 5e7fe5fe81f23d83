import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { addendsOf, withOwnNames } from "../../../../../cli/models/onnx/dimension-names.ts";
import type { Dimension, GraphValue } from "../../../../../cli/models/onnx/graph.ts";
import { model, tensor } from "../add/graphs.ts";

function dimsOf(inputs: GraphValue[], outputs: GraphValue[] = []): Dimension[][] {
  const { graph } = withOwnNames(model({ inputs, outputs }));
  return [...graph.inputs, ...graph.outputs].map(({ type }) =>
    type.kind === "tensor" ? [...(type.dims ?? [])] : [],
  );
}

describe("names of dimensions", () => {
  it("are free of each other where exporters write the same for any size", () => {
    for (const mark of ["?", "None", "unk", "-1", "", "dynamic", null]) {
      assert.deepEqual(dimsOf([tensor("x", "float32", mark, 3, mark, mark)]), [
        [null, 3, "x_2", "x_3"],
      ]);
    }
  });

  it("stay as they are where they mean something", () => {
    const names = ["batch_size", "sequence", "batch-size", "args_0/dim", "unk__12"];
    assert.deepEqual(dimsOf([tensor("x", "float32", ...names)]), [names]);
  });

  it("are ours for expressions, and for what is longer than a manifest takes", () => {
    const x = tensor(
      "x",
      "float32",
      "batch",
      "past + sequence",
      "floor(height/2)",
      "n".repeat(101),
    );
    assert.deepEqual(dimsOf([x]), [["batch", "x_1", "x_2", "x_3"]]);
    const long = dimsOf([tensor("x".repeat(200), "float32", "batch", null)]);
    assert.ok(String(long[0]?.[1]).length <= 100);
  });

  it("of ours are nobody else's", () => {
    const x = tensor("x", "float32", "batch", null);
    assert.deepEqual(dimsOf([x], [tensor("y", "float32", "batch", "x_1")]), [
      ["batch", "x_1_"],
      ["batch", "x_1"],
    ]);
  });

  it("that are sums say what they add up", () => {
    assert.deepEqual(addendsOf("past_length + sequence + 1"), ["past_length", "sequence", "1"]);
    assert.deepEqual([addendsOf("sequence"), addendsOf("floor(a) + 1")], [null, null]);
  });
});
