import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { contractOf, manifestSchema } from "../../../../../../shared/model/manifest.ts";

const yolo = {
  type: "object-detection",
  labels: "labels.json",
  resize: "letterbox",
  layout: "nchw",
  decoder: "yolo",
  boxes: "boxes",
  box: "cxcywh",
  unit: "pixels",
  activation: "none",
};
const IMAGE = { name: "x", dtype: "float32", shape: ["batch", 3, 64, 96] };
const BOXES = { name: "boxes", dtype: "float32", shape: ["batch", 84, "boxes"] };

function parse(pipeline: object, tensors: object = {}) {
  return manifestSchema.safeParse({
    name: "m",
    version: 1,
    file: { path: "model.onnx", bytes: 1, sha256: "0".repeat(64) },
    inputs: [IMAGE],
    outputs: [BOXES, { ...BOXES, name: "scores" }, { ...BOXES, name: "half", dtype: "float16" }],
    pipeline: { ...yolo, ...pipeline },
    ...tensors,
  });
}

const faults = (pipeline: object, tensors: object = {}): readonly string[] =>
  parse(pipeline, tensors).error?.issues.map(
    ({ path, message }) => `${path.join(".")} ${message}`,
  ) ?? [];

describe("a manifest of a detector", () => {
  it("may leave the number of boxes open, and be of any decoder", () => {
    for (const pipeline of [
      {},
      { objectness: true, activation: "sigmoid", iou_threshold: { default: 0.5 } },
      { decoder: "end_to_end", box: "xyxy" },
      { decoder: "detr", scores: "scores", activation: "softmax", no_object: "last" },
    ]) {
      assert.deepEqual(faults(pipeline), [], JSON.stringify(pipeline));
    }
    const shape = ["batch", 64, 96, 3];
    assert.deepEqual(faults({ layout: "nhwc" }, { inputs: [{ ...IMAGE, shape }] }), []);
  });

  it("is refused where its input is not one image of one size", () => {
    const of = (...inputs: object[]): readonly string[] => faults({}, { inputs });
    const open = ["batch", 3, "height", 96];
    assert.deepEqual(of({ ...IMAGE, shape: open }), [
      'pipeline cannot have "height" of its input vary',
    ]);
    assert.deepEqual(of(IMAGE, { ...IMAGE, name: "y" }), ["pipeline takes one input"]);
    assert.deepEqual(of({ ...IMAGE, dtype: "float16" }), [
      "pipeline takes an input of float32 or uint8, not of float16",
    ]);
    const fault = "pipeline.layout nchw takes an input [batch, 3, height, width]";
    for (const shape of [
      ["batch", 64, 96, 3],
      ["batch", 3, 64],
      ["batch", 2, 3, 64, 96],
    ]) {
      assert.deepEqual(of({ ...IMAGE, shape }), [fault]);
    }
  });

  it("is refused where settings do not fit the outputs or each other", () => {
    assert.deepEqual(faults({ boxes: "nope" }), ["pipeline.boxes is not an output"]);
    assert.deepEqual(faults({ boxes: "half" }), ["pipeline.boxes is of float16, not of float32"]);
    assert.deepEqual(faults({ decoder: "detr" }), ["pipeline.scores is needed with detr"]);
    const strange = { scores: "scores", no_object: "last", activation: "softmax" };
    assert.deepEqual(faults(strange), [
      "pipeline.scores has no meaning with yolo",
      "pipeline.no_object has no meaning with yolo",
      "pipeline.activation has no meaning with yolo",
    ]);
    const ended = { decoder: "end_to_end", objectness: true, activation: "sigmoid" };
    assert.deepEqual(faults(ended), [
      "pipeline.objectness has no meaning with end_to_end",
      "pipeline.activation has no meaning with end_to_end",
    ]);
  });
});

describe("a request to a detector", () => {
  const parametersOf = (pipeline: object) => {
    const { data } = parse(pipeline);
    assert.ok(data !== undefined);
    return contractOf(data).parameters;
  };

  it("has the manifest's limits, and may set others within bounds", () => {
    const { data } = parametersOf({ iou_threshold: { default: 0.6 } }).safeParse({});
    assert.deepEqual(data, { top_k: 100, threshold: 0.25, iou_threshold: 0.6 });
    const parameters = parametersOf({ iou_threshold: { default: 0.6 } });
    for (const given of [{ top_k: 301 }, { top_k: 0 }, { threshold: 1.1 }, { iou_threshold: -1 }]) {
      assert.equal(parameters.safeParse(given).success, false, JSON.stringify(given));
    }
  });

  it("cannot set an overlap where the graph chooses the boxes", () => {
    const parameters = parametersOf({ decoder: "end_to_end" });
    assert.deepEqual(parameters.parse({}), { top_k: 100, threshold: 0.25 });
    assert.equal(parameters.safeParse({ iou_threshold: 0.5 }).success, false);
  });
});
