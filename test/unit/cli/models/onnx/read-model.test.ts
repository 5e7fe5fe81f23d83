import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { CommandError } from "../../../../../cli/terminal/command.ts";
import { allNodes } from "../../../../../cli/models/onnx/all-nodes.ts";
import { readModel } from "../../../../../cli/models/onnx/read-model.ts";
import { tensorValues } from "../../../../../cli/models/onnx/tensor-values.ts";

const WINE = "models/wine/1/model.onnx";
const PHOTOS = "models/image-classification/1/model.onnx";
const LOOP = "test/fixtures/models/slow-text/1/model.onnx";

describe("readModel", () => {
  const folder = mkdtempSync(join(tmpdir(), "scoreline-onnx-"));
  after(() => {
    rmSync(folder, { recursive: true });
  });
  const write = (bytes: Uint8Array | string): string => {
    const path = join(folder, "model.onnx");
    writeFileSync(path, bytes);
    return path;
  };

  it("reads what wrote the file, its operator sets, inputs and outputs", async () => {
    const { producer, opsets, graph, bytes } = await readModel(WINE);
    assert.deepEqual(producer, { name: "skl2onnx", version: "1.20.0" });
    assert.deepEqual(Object.fromEntries(opsets), { "": 17, "ai.onnx.ml": 1 });
    assert.equal(bytes, 906);
    assert.deepEqual(graph.inputs, [
      { name: "features", type: { kind: "tensor", dtype: "float32", dims: [null, 13] } },
    ]);
    assert.deepEqual(graph.outputs, [
      { name: "label", type: { kind: "tensor", dtype: "string", dims: [null] } },
      { name: "probabilities", type: { kind: "tensor", dtype: "float32", dims: [null, 3] } },
    ]);
  });

  it("reads nodes and their attributes", async () => {
    const { graph } = await readModel(WINE);
    assert.deepEqual(
      graph.nodes.map(({ opType, domain }) => `${domain}:${opType}`),
      ["ai.onnx.ml:Scaler", "ai.onnx.ml:LinearClassifier", "ai.onnx.ml:Normalizer"],
    );
    const attributes = graph.nodes[1]?.attributes;
    const names = ["class_0", "class_1", "class_2"];
    assert.deepEqual(attributes?.get("classlabels_strings")?.strings, names);
    assert.equal(attributes.get("multi_class")?.int, 1n);
    assert.equal(graph.nodes[2]?.attributes.get("norm")?.string, "L1");
  });

  it("names symbolic dimensions, and knows those of initializers", async () => {
    const { graph } = await readModel(PHOTOS);
    const type = { kind: "tensor", dtype: "uint8", dims: ["batch", 224, 224, 3] };
    assert.deepEqual(graph.inputs, [{ name: "image", type }]);
    assert.ok(graph.initializers.some(({ dims }) => dims.join() === "1000,1280"));
    assert.ok(graph.initializers.every(({ external }) => external === null));
  });

  it("goes into subgraphs", async () => {
    const model = await readModel(LOOP);
    const operations = new Set([...allNodes(model)].map(({ opType }) => opType));
    assert.ok(operations.has("Loop") && operations.has("Tanh"));
    assert.ok(!model.graph.nodes.some(({ opType }) => opType === "Tanh"));
  });

  it("decodes the integers of a small tensor", async () => {
    const { graph } = await readModel(PHOTOS);
    const constants = graph.nodes.filter(({ opType }) => opType === "Constant");
    const tensors = constants.map(({ attributes }) => attributes.get("value")?.tensor);
    const axes = tensors.find((tensor) => tensor?.dtype === "int64" && tensor.dims.length === 0);
    assert.ok(axes);
    assert.equal(tensorValues(axes)?.length, 1);
  });

  it("refuses every beginning of a file, and never hangs on damaged ones", async () => {
    const whole = readFileSync(WINE);
    for (let length = 0; length < whole.length; length += 7) {
      await assert.rejects(readModel(write(whole.subarray(0, length))), CommandError);
    }
    for (let at = 0; at < whole.length; at += 1) {
      const damaged = Buffer.from(whole);
      damaged[at] = 0xff;
      await readModel(write(damaged)).catch((error: unknown) => {
        assert.ok(error instanceof CommandError);
      });
    }
  });

  it("says what a file is that is often mistaken for an ONNX file", async () => {
    const mistaken = [
      ["", /model\.onnx is not an ONNX file: it is empty/],
      ["version https://git-lfs.github.com/spec/v1\n", /Git LFS pointer; run: git lfs pull/],
      ["PK\u0003\u0004....", /torch\.save/],
      [Buffer.from([0x80, 0x04, 0x95]), /pickle/],
      ["<!DOCTYPE html>", /HTML/],
      ["nonsense", /is not an ONNX model, or is damaged/],
    ] as const;
    for (const [bytes, message] of mistaken) {
      await assert.rejects(readModel(write(bytes)), { name: "CommandError", message });
    }
    await assert.rejects(readModel(join(folder, "none")), { message: /there is no such file$/ });
    await assert.rejects(readModel(folder), { message: /it is a folder$/ });
  });
});
