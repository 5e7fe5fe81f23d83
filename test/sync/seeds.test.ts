import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { filesMatching } from "./support/repository.ts";

const tests = filesMatching(["test/**/*.ts"]).filter(({ path }) => !path.startsWith("test/bench/"));

describe("what tests draw at random", () => {
  it("is drawn with a seed", () => {
    const drawing = tests.filter(({ text }) => /\bMath\s*\.\s*random\b/.test(text));
    assert.deepEqual(
      drawing.map(({ path }) => path),
      [],
    );
  });

  it("is drawn again with SEED, which is printed before anything is drawn", () => {
    const seeded = tests.filter(({ text }) => /\bprocess\.env\["\w*SEED"\] \?\?/.test(text));
    assert.ok(seeded.length >= 7);
    for (const { path, text } of seeded) {
      assert.match(text, /process\.env\["SEED"\]/, path);
      assert.match(text, /t\.diagnostic\(`SEED=\$\{/, path);
    }
  });
});
