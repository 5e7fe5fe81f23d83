import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  classOutputsOf,
  guessPipeline,
  imageOf,
  isProbability,
} from "../../../../../cli/models/add/guess.ts";
import { rowTensorsOf } from "../../../../../cli/models/add/servable.ts";
import type { GraphValue } from "../../../../../cli/models/onnx/graph.ts";
import { model, node, tensor } from "./graphs.ts";

const LOGITS = tensor("logits", "float32", "n", 10);

function guess(inputs: GraphValue[], outputs: GraphValue[], producer = ""): string {
  const graph = model({ inputs, outputs, producer });
  return guessPipeline(graph, rowTensorsOf(graph));
}

describe("the guessed pipeline", () => {
  it("is image-classification for one image of three channels, of fixed or open size", () => {
    const images = [
      tensor("x", "float32", "n", 3, 32, 32),
      tensor("x", "float32", null, 3, "h", "w"),
      tensor("x", "float32", "n", 3, 32, "w"),
      tensor("x", "float32", "n", 224, 224, 3),
      tensor("x", "uint8", "n", "h", "w", 3),
    ];
    for (const image of images) assert.equal(guess([image], [LOGITS]), "image-classification");
  });

  it("is tensor for what image-classification cannot feed", () => {
    const others = [
      tensor("x", "float32", "n", 1, 28, 28),
      tensor("x", "float32", "n", 3, 32, 64),
      tensor("x", "uint8", "n", 3, 32, 32),
      tensor("x", "float16", "n", 3, 32, 32),
      tensor("x", "int64", "n", 3, 32, 32),
    ];
    for (const other of others) assert.equal(guess([other], [LOGITS]), "tensor");
    const image = tensor("x", "float32", "n", 3, 32, 32);
    assert.equal(guess([image], [LOGITS, tensor("z", "float32", "n", 4)]), "tensor");
    assert.equal(guess([image], [tensor("map", "float32", "n", 10, 8, 8)]), "tensor");
    assert.equal(guess([image], [tensor("y", "float64", "n", 10)]), "tensor");
  });

  it("is tabular for a row of floats, and for several columns", () => {
    assert.equal(guess([tensor("x", "float32", null, 4)], [LOGITS]), "tabular");
    assert.equal(guess([tensor("x", "float64", "n", 100)], [LOGITS]), "tabular");
    const columns = [tensor("age", "float32", null, 1), tensor("plan", "string", null, 1)];
    assert.equal(guess(columns, [LOGITS]), "tabular");
  });

  it("is tabular for whatever table scikit-learn exports", () => {
    const wide = [tensor("x", "float32", null, 500)];
    assert.equal(guess(wide, [LOGITS], "skl2onnx"), "tabular");
    const mixed = [tensor("a", "float32", null, 2), tensor("b", "string", null, 2)];
    assert.equal(guess(mixed, [LOGITS], "skl2onnx"), "tabular");
  });

  it("is tensor for tokens, wide rows and open shapes", () => {
    assert.equal(guess([tensor("ids", "int64", "n", "sequence")], [LOGITS]), "tensor");
    assert.equal(guess([tensor("ids", "int64", "n", 16)], [LOGITS]), "tensor");
    assert.equal(guess([tensor("x", "float32", "n", 768)], [LOGITS]), "tensor");
    assert.equal(guess([tensor("x", "float32", "n", null)], [LOGITS]), "tensor");
    assert.equal(
      guess([tensor("x", "float32", "n", 4)], [tensor("y", "float32", "n", 2, 2)]),
      "tensor",
    );
  });

  it("never is text-match", () => {
    assert.notEqual(guess([tensor("text", "string", "n", 1)], [LOGITS]), "text-match");
  });
});

describe("an image's shape", () => {
  it("has the layout and the size that the graph fixes, if only on one side", () => {
    const of = (input: GraphValue) =>
      imageOf(rowTensorsOf(model({ inputs: [input], outputs: [LOGITS] })));
    const nchw = of(tensor("x", "float32", "n", 3, "h", 64));
    assert.deepEqual([nchw?.layout, nchw?.size, nchw?.classes], ["nchw", 64, 10]);
    const nhwc = of(tensor("x", "uint8", "n", null, null, 3));
    assert.deepEqual([nhwc?.layout, nhwc?.size], ["nhwc", null]);
  });
});

describe("a classifier's outputs", () => {
  const of = (...outputs: GraphValue[]) => {
    const inputs = [tensor("x", "float32", null, 4)];
    const { label, probabilities } = classOutputsOf(rowTensorsOf(model({ inputs, outputs })));
    return [label?.name, probabilities?.name];
  };

  it("are a label and as many floats as there are classes", () => {
    const floats = tensor("output_probability", "float32", null, 3);
    assert.deepEqual(of(tensor("a", "string", null), floats), ["a", "output_probability"]);
    assert.deepEqual(of(tensor("a", "int64", null, 1), floats), ["a", "output_probability"]);
  });

  it("are no distances to clusters, which come beside a label as well", () => {
    const scores = tensor("scores", "float32", null, 3);
    assert.deepEqual(of(tensor("label", "int64", null), scores), ["label", undefined]);
  });

  it("are none of a regression's", () => {
    assert.deepEqual(of(tensor("variable", "float32", null, 1)), [undefined, undefined]);
    assert.deepEqual(of(tensor("a", "float32", null, 2), tensor("b", "float32", null, 3)), [
      undefined,
      undefined,
    ]);
  });

  it("are told apart by name where several could be the probabilities", () => {
    const label = tensor("label", "int64", null);
    const [probabilities, scores] = [
      tensor("probabilities", "float32", null, 3),
      tensor("scores", "float32", null, 3),
    ];
    assert.deepEqual(of(label, scores, probabilities), ["label", "probabilities"]);
    assert.deepEqual(of(label, scores, tensor("z", "float32", null, 3)), ["label", undefined]);
  });
});

describe("whether an output holds probabilities", () => {
  const of = (...nodes: ReturnType<typeof node>[]) =>
    isProbability(model({ inputs: [], outputs: [], nodes }), "y");

  it("is told by the softmax or sigmoid that it comes out of", () => {
    assert.equal(of(node("Softmax", ["x"], ["y"])), true);
    assert.equal(of(node("Sigmoid", ["x"], ["s"]), node("Reshape", ["s", "shape"], ["y"])), true);
    assert.equal(of(node("Gemm", ["x"], ["y"])), false);
    assert.equal(of(node("Softmax", ["x"], ["s"]), node("Gemm", ["s"], ["y"])), false);
    assert.equal(of(node("Identity", ["z"], ["y"]), node("Identity", ["y"], ["z"])), false);
  });
});
