import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { rowTensorsOf } from "../../../../../cli/models/add/servable.ts";
import type { GraphValue } from "../../../../../cli/models/onnx/graph.ts";
import { weightsBeside } from "../../../../../cli/models/add/weights.ts";
import { readModel } from "../../../../../cli/models/onnx/read-model.ts";
import { model, node, tensor } from "./graphs.ts";

const X = tensor("x", "float32", null, 4);
const Y = tensor("y", "float32", null, 2);
const strangers = async (name: string) => readModel(`test/fixtures/strangers/${name}.onnx`);

describe("what of a graph can be served", () => {
  it("are its tensors, without the batch", () => {
    const { inputs, outputs } = rowTensorsOf(model({ inputs: [X], outputs: [Y] }));
    assert.deepEqual(inputs, [{ name: "x", dtype: "float32", dims: [4] }]);
    assert.deepEqual(outputs, [{ name: "y", dtype: "float32", dims: [2] }]);
  });

  it("is no ZipMap: the message has scikit-learn's option, word for word", async () => {
    const zipmap = await strangers("iris-zipmap");
    assert.throws(() => rowTensorsOf(zipmap), {
      name: "CommandError",
      message: /"output_probability" is a sequence of maps.*\{id\(model\): \{"zipmap": False\}\}/s,
    });
    const { outputs } = rowTensorsOf(zipmap, { chosen: ["output_label"] });
    assert.deepEqual(
      outputs.map(({ name }) => name),
      ["output_label"],
    );
  });

  it("is no graph without a batch: the message has the exporter's own words", () => {
    const fixed = [tensor("x", "float32", 1, 4), tensor("plan", "string", 1, 1)];
    const skl = model({ inputs: fixed, outputs: [Y], producer: "skl2onnx" });
    assert.throws(() => rowTensorsOf(skl), {
      message:
        /initial_types=\[\("x", FloatTensorType\(\[None, 4\]\)\), \("plan", StringTensorType\(\[None, 1\]\)\)\]/,
    });
    const torch = model({ inputs: fixed.slice(0, 1), outputs: [Y], producer: "pytorch" });
    assert.throws(() => rowTensorsOf(torch), {
      message: /dynamic_axes=\{"x": \{0: "batch"\}, "y": \{0: "batch"\}\}/,
    });
    const other = model({ inputs: [X], outputs: [tensor("loss", "float32")] });
    assert.throws(() => rowTensorsOf(other), { message: /"loss" is \[\], without a batch/ });
  });

  it("may have its weights in files beside it, with names that a version's folder can have", async () => {
    assert.deepEqual(weightsBeside(await strangers("houses-external")), [
      "houses-external.onnx.data",
    ]);
    const graph = model({ inputs: [X], outputs: [Y] });
    const weights = { name: "w", dtype: "float32", dims: [1], message: new Uint8Array() } as const;
    for (const [external, message] of [
      ["gone.data", /which is not beside it/],
      ["../1/manifest.json", /plain names\. Save it anew:\n {2}onnx\.save/],
      ["model.onnx", /plain names/],
    ] as const) {
      const path = "test/fixtures/models/two-outputs/1/model.onnx";
      const initializers = [{ ...weights, external }];
      const outside = { ...graph, path, graph: { ...graph.graph, initializers } };
      assert.throws(() => weightsBeside(outside), { message });
    }
  });

  it("has a known shape and an element type that manifests know", () => {
    const shapeless: GraphValue = {
      name: "y",
      type: { kind: "tensor", dtype: "float32", dims: null },
    };
    assert.throws(() => rowTensorsOf(model({ inputs: [X], outputs: [shapeless] })), {
      message: /"y" is of a shape that the file does not say.*infer_shapes/s,
    });
    const half = tensor("y", "bfloat16", null, 2);
    assert.throws(() => rowTensorsOf(model({ inputs: [X], outputs: [half] })), {
      message: /"y" is of bfloat16/,
    });
  });

  it("names everything that is in the way at once, each remedy once", () => {
    const inputs = [tensor("a", "float32", 1, 4), tensor("b", "float32", 1, 4)];
    const graph = model({ inputs, outputs: [Y], nodes: [node("Add", ["a", "b"], ["y"])] });
    assert.throws(
      () => rowTensorsOf(graph),
      (error: Error) => {
        assert.match(error.message, /"a" is \[1, 4\].*\n.*"b" is \[1, 4\]/);
        assert.equal(error.message.split("Export it again").length, 2);
        return true;
      },
    );
  });

  it("has the outputs that were asked for", () => {
    assert.throws(() => rowTensorsOf(model({ inputs: [X], outputs: [Y] }), { chosen: ["z"] }), {
      message: '--outputs: there is no output "z". There is: y',
    });
  });
});
