import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { objectDetection } from "../../../../../../shared/model/pipelines/object-detection/definition.ts";
import { readCandidates } from "../../../../../../worker/runner/pipelines/object-detection/candidates.ts";
import { suppress } from "../../../../../../worker/runner/pipelines/object-detection/suppress.ts";

type Outputs = Parameters<typeof readCandidates>[0];

const f32 = (dims: readonly number[], data: readonly number[]) =>
  ({ dtype: "float32", dims, data: Float32Array.from(data) }) as const;

/** Two classes, in an input of 20 x 10. */
function read(outputs: Outputs, settings: object, { row = 0, threshold = 0.25 } = {}) {
  const usual = {
    type: "object-detection",
    labels: "labels.json",
    resize: "stretch",
    layout: "nchw",
    boxes: "boxes",
    box: "cxcywh",
    unit: "pixels",
    activation: "none",
  };
  return readCandidates(outputs, row, {
    settings: objectDetection.settings.parse({ ...usual, ...settings }),
    classCount: 2,
    input: { width: 20, height: 10 },
    threshold,
  }).map(({ box, score, index }) => [...Object.values(box), +score.toFixed(4), index]);
}

describe("the candidates of YOLO", () => {
  const yolo = { decoder: "yolo" };
  const rows = [
    [5, 5, 2, 4, 0.3, 0.6],
    [9, 5, 2, 2, 0.1, 0.2],
    [9, 5, 2, 2, Number.NaN, 0.5],
  ];
  const wanted = [
    [4, 3, 6, 7, 0.6, 1],
    [8, 4, 10, 6, 0.5, 1],
  ];
  const columns = rows[0]?.flatMap((_, k) => rows.map((one) => one[k] ?? 0)) ?? [];

  it("are of their best class, if that reaches the threshold; NaN does not", () => {
    assert.deepEqual(read({ boxes: f32([1, 6, 3], columns) }, yolo), wanted);
    assert.equal(read({ boxes: f32([1, 6, 3], columns) }, yolo, { threshold: 0 }).length, 3);
  });

  it("may be rows or columns, of any row of the batch, also behind a batch of one", () => {
    const others = columns.map(() => 0);
    assert.deepEqual(read({ boxes: f32([1, 3, 6], rows.flat()) }, yolo), wanted);
    const second = { boxes: f32([2, 6, 3], [...others, ...columns]) };
    assert.deepEqual(read(second, yolo, { row: 1 }), wanted);
    assert.deepEqual(read({ boxes: f32([1, 1, 6, 3], columns) }, yolo), wanted);
  });

  it("have scores by a sigmoid, and by how probable any object is, where that is said", () => {
    const place = [5, 5, 2, 2, 0, 2, 1];
    const given = { ...yolo, objectness: true };
    const active = read({ boxes: f32([1, 1, 7], place) }, { ...given, activation: "sigmoid" });
    assert.deepEqual(active, [[4, 4, 6, 6, 0.4404, 0]]);
    const plain = read({ boxes: f32([1, 7, 1], [5, 5, 2, 2, 0.5, 0.6, 0.8]) }, given);
    assert.deepEqual(plain, [[4, 4, 6, 6, 0.4, 1]]);
  });

  it("are refused of another shape than settings and labels say, and without a number for a box", () => {
    const fault = /output "boxes" is \[1, 7, 3\], without a dimension of 6/;
    assert.throws(() => read({ boxes: f32([1, 7, 3], columns) }, yolo), fault);
    assert.throws(() => read({ other: f32([1, 6, 3], columns) }, yolo), /no float32 output/);
    const broken = [Number.NaN, 5, 2, 2, 0.5, 0.5];
    assert.throws(() => read({ boxes: f32([1, 6, 1], broken) }, yolo), /a box of \[NaN/);
  });
});

describe("the candidates that a graph has chosen", () => {
  const chosen = { decoder: "end_to_end", box: "xyxy" };

  it("are its rows, six of them as well, and those that fill it up are none", () => {
    const rows = [
      [1, 2, 3, 4, 0.9, 1],
      [0, 0, 0, 0, 0, 0],
      [1, 2, 3, 4, 0.5, 0],
      [0, 0, 0, 0, -1, -1],
      [0, 0, 0, 0, 0.1, 0],
      [5, 6, 7, 8, 0.3, 0],
    ];
    assert.deepEqual(read({ boxes: f32([1, 6, 6], rows.flat()) }, chosen), [
      [1, 2, 3, 4, 0.9, 1],
      [1, 2, 3, 4, 0.5, 0],
      [5, 6, 7, 8, 0.3, 0],
    ]);
  });

  it("are refused where they have no class that there is", () => {
    for (const index of [2, 0.5]) {
      const output = f32([1, 1, 6], [1, 2, 3, 4, 0.9, index]);
      assert.throws(() => read({ boxes: output }, chosen), /class .* where there are 2/);
    }
  });
});

describe("the candidates of DETR", () => {
  const detr = { decoder: "detr", scores: "scores", unit: "share" };
  const boxes = f32([1, 2, 4], [0.5, 0.5, 0.5, 0.25, 0.5, 0.5, 1, 1]);

  it("are shares of the input, with a softmax over the classes and nothing, which never wins", () => {
    const last = { ...detr, no_object: "last", activation: "softmax" };
    const scores = f32([1, 2, 3], [2, 0, 1, 0, 1, 9]);
    assert.deepEqual(read({ boxes, scores }, last), [[5, 3.75, 15, 6.25, 0.6652, 0]]);
    const first = { ...last, no_object: "first" };
    const turned = f32([1, 2, 3], [1, 2, 0, 9, 0, 1]);
    assert.deepEqual(read({ boxes, scores: turned }, first), [[5, 3.75, 15, 6.25, 0.6652, 0]]);
  });

  it("have a score for each class by a sigmoid, and in corners or sizes as is said", () => {
    const scores = f32([1, 2, 2], [-9, 2, -9, -9]);
    const given = { ...detr, activation: "sigmoid", box: "xywh" };
    assert.deepEqual(read({ boxes, scores }, given), [[10, 5, 20, 7.5, 0.8808, 1]]);
  });

  it("are refused where boxes and scores are not as many", () => {
    const scores = f32([1, 3, 2], [0, 0, 0, 0, 0, 0]);
    assert.throws(() => read({ boxes, scores }, detr), /2 boxes with scores for 3/);
  });
});

describe("suppression", () => {
  const at = (xmin: number, index = 0) => ({
    box: { xmin, ymin: 0, xmax: xmin + 10, ymax: 10 },
    score: 1 - xmin / 100,
    index,
  });
  const left = (candidates: ReturnType<typeof at>[], most: number | null, count = 10) =>
    suppress(candidates, most, count).map(({ box, index }) => [box.xmin, index]);

  it("keeps the best of those of one class that overlap by more than the limit", () => {
    // 0 and 5 share a third of what they cover; 5 is gone when 8 comes, which overlaps it by more.
    const all = [at(0), at(5), at(5, 1), at(8)];
    const classes = [
      [0, 0],
      [5, 1],
      [8, 0],
    ];
    assert.deepEqual(left(all, 0.3), classes);
    assert.deepEqual(left(all, 1 / 3), [
      [0, 0],
      [5, 0],
      [5, 1],
    ]);
    assert.deepEqual(left(all, 1).length, 4);
    assert.deepEqual(left(all, null).length, 4);
    assert.deepEqual(left([at(0), at(20), at(5)], 0), [
      [0, 0],
      [20, 0],
    ]);
  });

  it("ends when as many stay as are wanted", () => {
    assert.deepEqual(left([at(0), at(1), at(50), at(80)], 0.3, 2), [
      [0, 0],
      [50, 0],
    ]);
    assert.deepEqual(left([at(0), at(1), at(50)], null, 2), [
      [0, 0],
      [1, 0],
    ]);
  });

  it("takes as many comparisons as boxes may stay, for each candidate", () => {
    const many = Array.from({ length: 25_000 }, (_, i) => at(i * 11));
    assert.equal(suppress(many, 0.5, 100).length, 100);
  });
});
