import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { expressionsOf, slowness } from "./support/regular-expressions.ts";
import { filesMatching } from "./support/repository.ts";

/** What is put into an expression that is made when it runs, by file. */
const MADE: Readonly<Record<string, string>> = {
  "cli/deploy/options.ts": "parts of its own",
  "cli/models/check/tokenizer.ts": "what an operator's model holds, tried on its own words",
  "gateway/app.ts": "paths of routes",
  "shared/redis/info.ts": "names of Redis' figures",
  "shared/regular-expression/pattern-fault.ts": "parts of an operator's pattern, tried on no text",
};

describe("our regular expressions", () => {
  it("take a text in one go: none is tried again and again", async (t) => {
    const files = filesMatching(["{gateway,worker,shared,cli}/**/*.{ts,mjs}"]);
    const all = (await Promise.all(files.map(expressionsOf))).flat();
    t.diagnostic(`${all.length} in ${files.length} files`);
    assert.ok(all.length > 80, "the expressions were not found");
    assert.deepEqual(all.flatMap(slowness), []);
    const made = all.filter(({ isMade }) => isMade).map(({ place }) => place.split(":")[0] ?? "");
    assert.deepEqual([...new Set(made)], Object.keys(MADE));
  });

  const planted: readonly (readonly [what: string, text: string])[] = [
    ["exponential", "const a = /^(?:a+)+$/;"],
    ["exponential by alternatives", "f(/^(?:<!--.*?-->\\s*)*x/is);"],
    ["quadratic", "if (/^\\d+\\.?\\d*$/.test(a)) b();"],
    ["quadratic by its many beginnings", "a.replace(/\\s+$/, b);"],
    ["made of a text", 'new RegExp("^(a|b|ab)*$", "i");'],
    ["made of a template", "const a: RegExp = RegExp(`^${b}(?:c+)*$`);"],
  ];
  for (const [what, text] of planted) {
    it(`are found out when one is ${what}`, async () => {
      const found = await expressionsOf({ path: "a.ts", text: `\n${text}` });
      assert.equal(found.length, 1);
      assert.match(found.flatMap(slowness)[0] ?? "none", /^a\.ts:2: /);
    });
  }
});
