import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { table } from "../../../../cli/terminal/table.ts";

const id = "bat_01m7z2a26vfw0besdntrqt1pz3";

describe("a table of the terminal", () => {
  it("cuts the widest column until a line fits", () => {
    const lines = table([["a".repeat(30), "b".repeat(60)]]);
    assert.deepEqual(lines, [`${"a".repeat(30)}  ${"b".repeat(47)}…`]);
  });

  it("never cuts a column that is to stay whole", () => {
    const model = "wine-of-the-southern-hills@12";
    const rows = [
      ["BATCH", "STATUS", "MODEL", "ITEMS", "FAILED", "CREATED"],
      [id, "in_progress", model, "1000000", "0", "2026-11-21"],
    ];
    const [head = "", line = ""] = table(rows, { whole: [0, 1, 3, 4, 5] });
    assert.equal(line, `${id}  in_progress  wine-…  1000000  0       2026-11-21`);
    assert.ok(Math.max(head.length, line.length) <= 80);
  });

  it("rather grows too wide than cut what is to stay whole", () => {
    const long = "x".repeat(100);
    assert.deepEqual(table([[long, "ready"]], { whole: [0] }), [`${long}  ready`]);
  });
});
