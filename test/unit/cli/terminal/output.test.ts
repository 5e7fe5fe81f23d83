import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { outputLines } from "../../../../cli/terminal/output.ts";

describe("an output on a terminal", () => {
  it("has a table of detections, with the sides of a box as columns", () => {
    const box = { xmin: 173.264215, ymin: 82.754, xmax: 274.1209, ymax: 209.9 };
    const lines = outputLines({
      detections: [{ label: "face", index: 1, score: 0.834412, box }],
      image: { width: 512, height: 512 },
    });
    assert.deepEqual(lines, [
      "LABEL  INDEX  SCORE   XMIN   YMIN   XMAX   YMAX",
      "face   1      0.8344  173.3  82.75  274.1  209.9",
      "image",
      "  width   512",
      "  height  512",
    ]);
  });

  it("keeps members of members apart that would have one name", () => {
    const [head, row] = outputLines({ list: [{ id: 1, of: { id: 2 } }] });
    assert.equal(head, "ID  OF");
    assert.equal(row, '1   {"id":2}');
  });
});
