import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { askRanges } from "../../../../../cli/models/add/ranges.ts";
import { Questions } from "../../../../../cli/terminal/questions.ts";

describe("--dimensions", () => {
  const ask = async (dimensions: string | undefined, names = ["rows", "words"]): Promise<unknown> =>
    askRanges(names, new Questions({ dimensions }, null));

  it("names ranges, either end of which may be left out", async () => {
    const ranges = { rows: { min: 1, max: 8 }, words: { min: 5 } };
    assert.deepEqual(await ask("words=5..,rows=..8"), ranges);
    assert.deepEqual(await ask("words=2..2"), { words: { min: 2, max: 2 } });
    assert.deepEqual(await ask("a=b=1..", ["a=b"]), { "a=b": { min: 1 } });
  });

  it("is assumed to be any size, and said to be", async () => {
    const questions = new Questions({}, null);
    const ranges = await askRanges(["words"], questions);
    assert.deepEqual(ranges, { words: { min: 1 } });
    assert.deepEqual(questions.assumed, [{ flag: "dimensions", value: "words=1.." }]);
    assert.deepEqual(await ask(undefined, []), {});
  });

  it("is refused when it is no range, or of no dimension that varies", async () => {
    const message = { name: "UsageError" };
    for (const wrong of ["words", "words=5", "words=-1..3", "words=1..1e9", "", "words=1..2,"]) {
      await assert.rejects(ask(wrong), {
        ...message,
        message: /is not a range such as rows=1\.\.512/,
      });
    }
    await assert.rejects(ask("lines=1..2"), { message: /"lines" is none of rows, words/ });
    await assert.rejects(ask("words=3..2"), { message: /the range of "words" is empty/ });
    await assert.rejects(ask("words=1..2", []), { message: /every input .* is of fixed size/ });
  });
});
