import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { truthFault } from "../../../../../../shared/model/pipelines/truth.ts";
import { objectDetection } from "../../../../../../shared/model/pipelines/object-detection/definition.ts";

const { compare, versions } = objectDetection;
assert.ok(versions !== undefined);
const { compare: compareVersions, isRight } = versions;

type Thing = readonly [label: string, score: number, xmin: number, width?: number];

const found = (...things: readonly Thing[]) => ({
  detections: things.map(([label, score, xmin, width = 100]) => ({
    label,
    index: label.charCodeAt(0) - 97,
    score,
    box: { xmin, ymin: 0, xmax: xmin + width, ymax: 100 },
  })),
  image: { width: 640, height: 480 },
});

const known = found(["a", 0.9, 0], ["b", 0.8, 10], ["a", 0.7, 300]);

describe("a known answer of a detector", () => {
  const allowed = { absolute: 1e-3, relative: 0 };
  const fault = (...things: readonly Thing[]) => compare(found(...things), known, allowed);

  it("is the same in any order, when scores and boxes are near", () => {
    const { difference, largest } = fault(["a", 0.7, 300], ["a", 0.9005, 0.1], ["b", 0.8, 10]);
    assert.equal(difference, undefined);
    assert.ok(Math.abs(largest - 0.0005) < 1e-9);
  });

  it("is another where a thing is lost, comes in, has another score, box, label or image", () => {
    const ab: readonly Thing[] = [
      ["a", 0.9, 0],
      ["b", 0.8, 10],
    ];
    const last: Thing = ["a", 0.7, 300];
    const faults = [
      fault(...ab),
      fault(...ab, last, ["c", 0.6, 0]),
      fault(...ab, ["a", 0.71, 300]),
      fault(...ab, ["a", 0.7, 302]),
      fault(...ab, ["b", 0.7, 300]),
      compare({ ...known, image: { width: 480, height: 640 } }, known, allowed),
    ].map(({ difference }) => difference);
    assert.deepEqual(faults, [
      "/detections/2: nothing like it instead of a at [300, 0, 400, 100]",
      "/detections: c at [0, 0, 100, 100] as well",
      "/detections/2/score: 0.71 instead of 0.7",
      "/detections/2/box: [302, 0, 402, 100] instead of [300, 0, 400, 100]",
      "/detections/2: b at [300, 0, 400, 100] instead of a at [300, 0, 400, 100]",
      "/image/width: 480 instead of 640",
    ]);
  });
});

describe("two versions of a detector", () => {
  it("agree when they find the same things, whose boxes overlap by half, whatever their scores", () => {
    const other = found(["b", 0.6, 30], ["a", 0.5, 310], ["a", 0.4, 20]);
    const { difference, largest } = compareVersions(other, known);
    assert.equal(difference, undefined);
    assert.ok(Math.abs(largest - 0.5) < 1e-9);
  });

  it("disagree when one finds more, or elsewhere, or one box for two things", () => {
    const { detections } = known;
    const [first] = detections;
    for (const other of [
      found(["a", 0.9, 0], ["b", 0.8, 10]),
      found(["a", 0.9, 0], ["b", 0.8, 10], ["a", 0.7, 340]),
      { ...known, detections: [...detections, first] },
      found(),
    ]) {
      assert.notEqual(compareVersions(other, known).difference, undefined);
      assert.notEqual(compareVersions(known, other).difference, undefined);
    }
  });

  it("pair each thing with the nearest, not the first", () => {
    // The box at 30 overlaps both by half, and is needed for the second.
    const apart = found(["a", 0.9, 0], ["a", 0.8, 60]);
    const { difference } = compareVersions(found(["a", 0.9, 30], ["a", 0.8, 0]), apart);
    assert.equal(difference, undefined);
  });
});

describe("the truth of a detector", () => {
  const box = (xmin: number) => ({ xmin, ymin: 0, xmax: xmin + 100, ymax: 100 });

  it("is all things that there are, by label, index or box as well, in any order", () => {
    for (const truth of [
      ["a", "b", "a"],
      [1, 0, 0],
      [{ label: "a", box: box(290) }, "a", { index: 1 }],
      ["a", { label: "a", box: box(20) }, "b"],
      known,
      { detections: ["b", "a", "a"] },
    ]) {
      assert.equal(isRight(known, truth), true, JSON.stringify(truth));
    }
    assert.equal(isRight(found(), []), true);
    assert.equal(isRight(found(), null), true);
    assert.equal(isRight(found(["a", 0.5, 0]), "a"), true);
  });

  it("is missed by a thing too few, too many, elsewhere or of another class", () => {
    for (const truth of [
      ["a", "b"],
      ["a", "b", "a", "a"],
      ["a", "b", "b"],
      [{ label: "a", box: box(150) }, "a", "b"],
      [{ label: "a", box: box(0) }, { label: "a", box: box(10) }, "b"],
      [{ box: box(0) }, "a", "b"],
      null,
      true,
      {},
    ]) {
      assert.equal(isRight(known, truth), false, JSON.stringify(truth));
    }
  });

  it("names classes that the model has, each of them", () => {
    const read = () => [{ label: "cat" }, { label: "dog" }];
    const settings = { labels: "labels.json" };
    // Only the labels are looked at.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    const classes = objectDetection.classes?.(settings as never, read, {
      inputs: [],
      outputs: [],
      dimensions: {},
    });
    assert.ok(classes !== undefined);
    const possible = ["cat", 1, ["cat", "dog", 0], [], null, { detections: [] }];
    for (const truth of [...possible, [{ label: "dog", box: box(0) }]]) {
      assert.equal(truthFault(truth, [classes]), undefined, JSON.stringify(truth));
    }
    const fault =
      'is not of classes that the model has: each must be "cat" or "dog", or null for none';
    for (const truth of [
      "cow",
      2,
      ["cat", "cow"],
      [{ box: box(0) }],
      { detections: ["cow"] },
      {},
    ]) {
      assert.equal(truthFault(truth, [classes]), fault, JSON.stringify(truth));
    }
  });
});
