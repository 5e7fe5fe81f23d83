import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { manifestSchema } from "../../../../shared/model/manifest.ts";
import { rowDimensions } from "../../../../shared/model/tensor/dimensions.ts";

const file = { path: "model.onnx", bytes: 10, sha256: "0".repeat(64) };
const given = {
  name: "one",
  version: 1,
  file,
  inputs: [{ name: "x", dtype: "float32", shape: ["batch", 4] }],
  outputs: [{ name: "y", dtype: "float32", shape: ["batch", "n"] }],
  pipeline: { type: "tensor" },
};

function faults(changes: object): string[] {
  const parsed = manifestSchema.safeParse({ ...given, ...changes });
  return (parsed.error?.issues ?? []).map(({ path, message }) => `${path.join(".")} ${message}`);
}

const alone = { unbatched: true, batching: { max_batch_size: 1 } };

describe("the batch in a manifest", () => {
  it("is the first dimension of every tensor, unless the version is unbatched", () => {
    assert.deepEqual(faults({}), []);
    const inputs = [{ name: "x", dtype: "float32", shape: [] }];
    const outputs = [{ name: "y", dtype: "float32", shape: [2, "batch"] }];
    assert.deepEqual(faults({ inputs }), [
      'inputs.0.shape.0 must be "batch", unless the version is `unbatched`',
    ]);
    assert.deepEqual(faults({ outputs }), [
      'outputs.0.shape.1 is neither a positive integer nor a name other than "batch"',
      'outputs.0.shape.0 must be "batch", unless the version is `unbatched`',
    ]);
  });

  it("is nowhere in an unbatched version, whose shapes are whole", () => {
    const tensors = {
      inputs: [{ name: "x", dtype: "float32", shape: [] }],
      outputs: [{ name: "y", dtype: "float32", shape: ["n", 3] }],
    };
    assert.deepEqual(faults({ ...alone, ...tensors }), []);
    const { inputs, outputs } = manifestSchema.parse({ ...given, ...alone, ...tensors });
    assert.deepEqual([...inputs, ...outputs].map(rowDimensions), [[], ["n", 3]]);
    assert.deepEqual(faults(alone), [
      'inputs.0.shape.0 is "batch", which tensors of a version that is `unbatched` do not have',
      'outputs.0.shape.0 is "batch", which tensors of a version that is `unbatched` do not have',
    ]);
  });

  it("is not waited for, warmed up or made larger in an unbatched version", () => {
    const because = "for a version that is `unbatched`: rows are not put together";
    const shapes = {
      inputs: [{ name: "x", dtype: "float32", shape: [4] }],
      outputs: [{ name: "y", dtype: "float32", shape: [4] }],
    };
    assert.deepEqual(faults({ ...shapes, unbatched: true }), [
      `batching.max_batch_size must be 1 ${because}`,
    ]);
    const batching = { max_batch_size: 1, max_queue_delay_ms: 5 };
    const warmup = { batch_sizes: [1, 8] };
    assert.deepEqual(faults({ ...shapes, ...alone, batching, warmup }), [
      `batching.max_queue_delay_ms must be 0 ${because}`,
      `warmup.batch_sizes.1 must be 1 ${because}`,
    ]);
  });
});

describe("weights beside the graph in a manifest", () => {
  it("are files of other names, each with its source", () => {
    const weights = [{ ...file, path: "model.onnx.data" }];
    assert.deepEqual(faults({ file: { ...file, weights } }), []);
    const wrong = [
      { ...file, path: "../model.data" },
      { ...file, path: "a b" },
    ];
    assert.deepEqual(faults({ file: { ...file, weights: wrong } }), [
      "file.weights.0.path must be a file beside the manifest",
      "file.weights.1.path must be a file beside the manifest",
    ]);
    const twins = [file, { ...file, path: "manifest.json", source: "http://example.com/a" }];
    assert.deepEqual(faults({ file: { ...file, weights: twins } }), [
      "file.weights.0.path is the name of another file",
      "file.weights.1.source must be https, or http on the loopback address",
      "file.weights.1.path is the name of another file",
    ]);
  });
});
