import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { rewrite } from "../../../../../cli/models/onnx/edit.ts";
import { unpackedOutputs, unpackOutputs } from "../../../../../cli/models/onnx/plain-outputs.ts";
import { modelOf, readModel } from "../../../../../cli/models/onnx/read-model.ts";
import { model, node, tensor } from "../add/graphs.ts";

const ZIPMAP = "test/fixtures/strangers/iris-zipmap.onnx";

describe("an edit of a graph", () => {
  it("copies what it does not change byte for byte", () => {
    for (const path of [ZIPMAP, "models/wine/1/model.onnx"]) {
      const bytes = new Uint8Array(readFileSync(path));
      const same = (message: Uint8Array): readonly Uint8Array[] => [message];
      assert.deepEqual(rewrite(bytes, new Map()), bytes);
      const inGraph = (message: Uint8Array): readonly Uint8Array[] => [
        rewrite(
          message,
          new Map([
            [1, same],
            [12, same],
          ]),
        ),
      ];
      assert.deepEqual(rewrite(bytes, new Map([[7, inGraph]])), bytes);
    }
  });

  it("puts the probabilities in the place of a ZipMap, under its name", async () => {
    const before = await readModel(ZIPMAP);
    const unpacked = unpackedOutputs(before) ?? [];
    assert.deepEqual(
      unpacked.map(({ output, operator, classes }) => [output, operator, classes]),
      [["output_probability", "ZipMap", ["0", "1", "2"]]],
    );
    const bytes = unpackOutputs(readFileSync(ZIPMAP), before, unpacked);
    const { graph, opsets, producer } = modelOf(bytes, "edited.onnx");
    assert.deepEqual(
      graph.outputs.map(({ name, type }) => [name, type.kind]),
      [
        ["output_label", "tensor"],
        ["output_probability", "tensor"],
      ],
    );
    const others = before.graph.nodes.filter(({ opType }) => opType !== "ZipMap");
    assert.deepEqual(
      graph.nodes.filter(({ outputs }) => !outputs.includes("output_probability")),
      others,
    );
    assert.deepEqual([opsets, producer], [before.opsets, before.producer]);
  });

  it("is not tried for outputs that are put together otherwise", () => {
    const parts = {
      name: "parts",
      type: { kind: "sequence", element: { kind: "tensor", dtype: "float32", dims: null } },
    } as const;
    const split = model({
      inputs: [tensor("x", "float32", null, 4)],
      outputs: [parts, tensor("y", "float32", null, 4)],
      nodes: [node("SplitToSequence", ["x"], ["parts"])],
    });
    assert.equal(unpackedOutputs(split), null);
    assert.deepEqual(unpackedOutputs(split, ["y"]), []);
  });
});
