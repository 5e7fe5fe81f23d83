import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { detectorOf } from "../../../../../cli/models/add/guess-detector.ts";
import { guessPipeline } from "../../../../../cli/models/add/guess.ts";
import { namesOf } from "../../../../../cli/models/add/python-names.ts";
import { rowTensorsOf } from "../../../../../cli/models/add/servable.ts";
import type { Dimension } from "../../../../../cli/models/onnx/graph.ts";
import { model, tensor } from "./graphs.ts";

const IMAGE = ["n", 3, 64, 96];
const ULTRALYTICS = { task: "detect", imgsz: "[640, 480]", names: "{0: 'cat', 1: 'dog'}" };

/** What outputs of these shapes are taken for. */
function shapeOf(
  input: readonly Dimension[],
  outputs: Readonly<Record<string, readonly Dimension[]>>,
  metadata: Readonly<Record<string, string>> = {},
) {
  const graph = {
    ...model({
      inputs: [tensor("x", "float32", ...input)],
      outputs: Object.entries(outputs).map(([name, dims]) => tensor(name, "float32", ...dims)),
    }),
    metadata: new Map(Object.entries(metadata)),
  };
  const tensors = rowTensorsOf(graph);
  return { shape: detectorOf(graph, tensors, true), guess: guessPipeline(graph, tensors) };
}

describe("a detector", () => {
  it("of YOLO is known by as many boxes as its grids have for the size of its input", () => {
    // 8 x 12, 4 x 6 and 2 x 3 cells.
    const { shape, guess } = shapeOf(IMAGE, { y: ["n", 84, 126] });
    assert.equal(guess, "object-detection");
    assert.equal(shape?.decoder, "yolo");
    assert.deepEqual([shape.objectness, shape.scoreCount], [false, 80]);
    assert.deepEqual([shape.width, shape.height], [96, 64]);

    const old = shapeOf(IMAGE, { y: ["n", 378, 85] });
    assert.equal(old.guess, "object-detection");
    assert.deepEqual([old.shape?.objectness, old.shape?.scoreCount], [true, 80]);
  });

  it("is not guessed from any other matrix, which a person may still call one", () => {
    for (const dims of [
      ["n", 84, 127],
      ["n", 197, 768],
      ["n", 84, "m"],
    ]) {
      const { shape, guess } = shapeOf(IMAGE, { y: dims });
      assert.equal(guess, "tensor", dims.join());
      assert.equal(shape?.decoder, "yolo", dims.join());
    }
  });

  it("is known by what Ultralytics writes into the file, which names its classes and size", () => {
    const open = ["n", 3, "height", "width"];
    const { shape, guess } = shapeOf(open, { y: ["n", 6, "a long formula"] }, ULTRALYTICS);
    assert.equal(guess, "object-detection");
    assert.deepEqual(shape?.names, ["cat", "dog"]);
    assert.deepEqual([shape.decoder, shape.width, shape.height], ["yolo", 480, 640]);
    const ended = shapeOf(open, { y: ["n", 300, 6] }, ULTRALYTICS).shape;
    assert.deepEqual([ended?.decoder, ended?.names], ["end_to_end", ["cat", "dog"]]);
    const segments = shapeOf(open, { y: ["n", 38, 8400] }, { ...ULTRALYTICS, task: "segment" });
    assert.equal(segments.guess, "tensor");
  });

  it("is known by boxes that the graph has chosen, or beside scores, among other outputs", () => {
    for (const dims of [
      ["n", 300, 6],
      ["n", "m", 6],
    ]) {
      assert.equal(shapeOf(IMAGE, { y: dims }).shape?.decoder, "end_to_end");
    }
    assert.equal(shapeOf(IMAGE, { y: ["n", 25_200, 6] }).shape?.objectness, true);
    const { shape, guess } = shapeOf(IMAGE, {
      logits: ["n", 100, 92],
      pred_boxes: ["n", 100, 4],
      last_hidden_state: ["n", 100, 256],
    });
    assert.equal(guess, "object-detection");
    assert.deepEqual(
      [shape?.decoder, shape?.boxes.name, shape?.scores?.name, shape?.scoreCount],
      ["detr", "pred_boxes", "logits", 92],
    );
  });

  it("is none without an image alone, or with two matrices that say nothing of each other", () => {
    assert.equal(shapeOf(["n", 1, 64, 96], { y: ["n", 300, 6] }).shape, null);
    assert.equal(shapeOf(IMAGE, { y: ["n", 7, 126], z: ["n", 7, 126] }).shape, null);
    assert.equal(shapeOf(IMAGE, { y: ["n", 5, 4, 4] }).shape, null);
  });
});

describe("class names as Python writes them", () => {
  it("are read with their quotes, commas and letters of any kind", () => {
    const text = String.raw`{0: 'person', 1: "painter's easel", 2: 'a, 3: \'b\'', 3: 'caf\xe9 \u4e2d\U0001f642\\', 4: ''}`;
    const names = ["person", "painter's easel", "a, 3: 'b'", "café 中🙂\\", ""];
    assert.deepEqual(namesOf(text), names);
  });

  it("are none where a number is missing, or the text is of another kind", () => {
    for (const text of [
      "",
      "{}",
      "{1: 'a'}",
      "{0: 'a', 2: 'b'}",
      "['a']",
      "{0: 'a'",
      "{0: 'a'} x",
    ]) {
      assert.equal(namesOf(text), null, text);
    }
  });
});
