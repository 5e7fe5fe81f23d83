import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { readNames } from "../../../../../cli/models/add/lists.ts";

const folder = mkdtempSync(join(tmpdir(), "names-"));
after(() => rmSync(folder, { recursive: true }));

function namesIn(text: string, file = "names.csv"): readonly string[] {
  const path = join(folder, file);
  writeFileSync(path, text);
  return readNames(path, "columns");
}

describe("names in the head of a CSV file", () => {
  it("are those that a batch of it will have", () => {
    assert.deepEqual(namesIn('\uFEFFfirst class,"a, b","say ""so""", x\r\n1,2,3,4\r\n'), [
      "first class",
      "a, b",
      'say "so"',
      " x",
    ]);
    assert.deepEqual(namesIn('"two\nlines",b\n1,2\n'), ["two\nlines", "b"]);
    assert.deepEqual(namesIn("only"), ["only"]);
  });

  it("are refused where one is empty, as of the index of pandas", () => {
    assert.throws(() => namesIn(",age\n0,1\n"), /a name is empty; pandas: to_csv\(index=False\)/);
    assert.throws(() => namesIn(""), /a name is empty/);
  });

  it("stand on lines of other files", () => {
    assert.deepEqual(namesIn("a b\nc\n", "names.txt"), ["a b", "c"]);
    assert.deepEqual(namesIn('["a, b"]', "names.json"), ["a, b"]);
  });
});
