import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { boxesOf } from "../../../../gateway/page/browser/forms/boxes.ts";
import { prepared } from "../../../../gateway/page/browser/forms/draft.ts";
import { entitiesOf, piecesOf } from "../../../../gateway/page/browser/forms/mark.ts";
import { cosine, embeddingOf, nearest } from "../../../../gateway/page/browser/forms/nearest.ts";
import { answerOf } from "../../../../gateway/page/browser/call/call.ts";

const FAMILY = "👩‍👩‍👧 met Ada";

describe("a text with entities", () => {
  const ada = { label: "PER", probability: 0.9, text: "Ada" };
  const textsOf = (start: number, end: number, unit: string) =>
    piecesOf(FAMILY, [{ ...ada, start, end }], unit).map(({ text, entity }) => [
      text,
      entity?.label,
    ]);

  it("is cut where they are, whatever their places count", () => {
    const cut = [
      ["👩‍👩‍👧 met ", undefined],
      ["Ada", "PER"],
    ];
    const points = Array.from(FAMILY).length;
    assert.deepEqual(textsOf(points - 3, points, "code_points"), cut);
    assert.deepEqual(textsOf(FAMILY.length - 3, FAMILY.length, "utf16"), cut);
    const bytes = Buffer.byteLength(FAMILY);
    assert.deepEqual(textsOf(bytes - 3, bytes, "bytes"), cut);
  });

  it("shows the outer one of two in the same place, and a text without any whole", () => {
    const outer = { ...ada, start: 0, end: 5 };
    const pieces = piecesOf("Ada L.", [outer, { ...ada, start: 1, end: 3 }], "utf16");
    assert.deepEqual(
      pieces.map(({ text }) => text),
      ["Ada L", "."],
    );
    assert.deepEqual(piecesOf("none", [], "utf16"), [{ text: "none", entity: undefined }]);
    assert.equal(entitiesOf({ entities: [{ label: "PER" }] }), undefined);
  });
});

describe("embeddings", () => {
  it("are as near as the angle between them says, nearest first", () => {
    const outputs = [
      [1, 0],
      [0, 2],
      [3, 0],
      [-1, 0],
    ].map((embedding) => ({ embedding }));
    assert.deepEqual(nearest(["own", "across", "same", "against"], outputs), [
      { text: "same", similarity: 1 },
      { text: "across", similarity: 0 },
      { text: "against", similarity: -1 },
    ]);
    assert.equal(cosine([0, 0], [1, 1]), 0);
    assert.equal(nearest(["own"], { embedding: [1] }), undefined);
  });

  it("are read as base64, too", () => {
    const bytes = Buffer.from(Float32Array.of(0.5, -2).buffer);
    assert.deepEqual(embeddingOf({ embedding: bytes.toString("base64") }), [0.5, -2]);
  });

  it("of several texts are one job, whose code prints its outputs", () => {
    const { shown } = prepared({ kind: "inputs", inputs: [{ text: "a" }] }, {});
    assert.deepEqual(shown, { kind: "json", json: { inputs: [{ text: "a" }] } });
    assert.equal(answerOf(shown), "outputs");
    assert.equal(answerOf(prepared({ kind: "input", input: 1 }, {}).shown), "output");
  });
});

describe("boxes", () => {
  it("are shares of the sides of their image", () => {
    const box = { xmin: 10, ymin: 10, xmax: 30, ymax: 20 };
    const detections = [{ label: "cup", index: 0, score: 0.5, box }];
    assert.deepEqual(boxesOf({ detections, image: { width: 40, height: 20 } }), {
      boxes: [{ label: "cup", score: 0.5, left: 0.25, top: 0.5, width: 0.5, height: 0.5 }],
      aspect: 2,
    });
    assert.equal(boxesOf({ detections }), undefined);
  });
});
