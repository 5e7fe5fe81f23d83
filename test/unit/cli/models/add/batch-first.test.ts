import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { guessPipeline } from "../../../../../cli/models/add/guess.ts";
import { rowTensorsOf } from "../../../../../cli/models/add/servable.ts";
import type { GraphValue } from "../../../../../cli/models/onnx/graph.ts";
import { model, tensor } from "./graphs.ts";

function refusal(inputs: GraphValue[], outputs: GraphValue[]): string {
  try {
    rowTensorsOf(model({ inputs, outputs }));
    return "served";
  } catch (error) {
    return error instanceof Error ? error.message : "";
  }
}

describe("the batch of a graph", () => {
  const y = tensor("y", "float32", "batch", 2);

  it("is refused where it is not the first dimension", () => {
    for (const name of ["batch", "batch_size", "batchsize"]) {
      const x = tensor("x", "float32", "sequence", name, 4);
      const expected = new RegExp(
        `"x" is \\[sequence, ${name}, 4\\], where.*batch_first=True`,
        "s",
      );
      assert.match(refusal([x], [tensor("z", "float32", "sequence", 2)]), expected);
    }
    assert.match(
      refusal([tensor("x", "float32", null, "batch")], [y]),
      /"x" is \[\?, batch\], where/,
    );
  });

  it("is refused as the length of a row: its answer would change with its neighbours", () => {
    for (const name of ["batch", "n"]) {
      const x = tensor("x", "float32", name, 4);
      const all = tensor("all", "float32", name, name);
      assert.match(refusal([x], [all]), /"all" is .* the answer to one row\s+would\s+change/s);
      assert.match(
        refusal([x], [y, all]),
        /or serve the others alone:\n {2}--outputs y\n\nOr add it as it is/,
      );
    }
  });

  it("may stand beside any other dimension that varies", () => {
    const x = tensor("x", "int64", "batch", "n");
    assert.equal(refusal([x], [y, tensor("z", "float32", "batch", "n", 3)]), "served");
    assert.equal(refusal([tensor("x", "int64", null, null)], [y]), "served");
  });

  it("is not asked of inputs that have one, for an output that has none", () => {
    const x = tensor("x", "float32", null, 4);
    const each = tensor("each", "float32", 2, null, 2);
    assert.match(refusal([x], [each, y]), /"each" is \[2, \?, 2\], .*--outputs y\n/s);
    assert.doesNotMatch(refusal([x], [each, y]), /Export it again/);
  });
});

describe("the outputs of a table", () => {
  const x = tensor("x", "float32", null, 4);
  const label = tensor("label", "int64", null);

  it("are of fixed size; only probabilities are as many as there are classes", () => {
    const guess = (name: string): string => {
      const graph = model({ inputs: [x], outputs: [label, tensor(name, "float32", null, "k")] });
      return guessPipeline(graph, rowTensorsOf(graph));
    };
    assert.equal(guess("probabilities"), "tabular");
    assert.equal(guess("scores"), "tensor");
  });
});
