import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { analyse } from "scslre";
import { patternFault } from "../../../../shared/regular-expression/pattern-fault.ts";

const SEED = Number(process.env["SEED"] ?? Date.now() % 2 ** 31);

const exponential = [
  String.raw`^(a+)+$`,
  String.raw`^(?:a|a)*b$`,
  String.raw`^(\w|\d)*$`,
  String.raw`^(a|b|ab)*c$`,
  String.raw`^(?:\d{1,3},?)+$`,
  String.raw`^(?:a{1,2}){30}$`,
  String.raw`^(?:a?){30}a{30}$`,
  String.raw`^(?=(?:a|a)*b)c`,
];
const quadratic = [
  String.raw`\s*x\s*$`,
  String.raw`^.*x.*x$`,
  String.raw`^\d+\.?\d*$`,
  String.raw`^\d{1,5000}\d{1,5000}$`,
  `^${"[a-z]{1,40}".repeat(10)}$`,
  `^${"[a-z]?".repeat(30)}$`,
  `^[A-Z]{1,8}${"[A-Z0-9]{1,8}".repeat(7)}$`,
  `^${String.raw`(?:\w|\d)`.repeat(30)}$`,
  String.raw`(?:ab)+c`,
  String.raw`\S+@\S+`,
  String.raw`^(?:(?=.*x)a)*$`,
];
const unclear = [
  String.raw`^(a|b)\1$`,
  String.raw`^(?i:a)$`,
  `^${"[a-z]".repeat(250)}$`,
  `^(?:${"a?b?".repeat(120)}x)*$`,
];
const ordinary = [
  String.raw`^[a-z]{2,10}$`,
  String.raw`[a-z]+`,
  String.raw`^\d{4}-\d{2}-\d{2}$`,
  String.raw`^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d)$`,
  String.raw`^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$`,
  String.raw`^[^@\s]+@[^@\s.]+(?:\.[^@\s.]+)+$`,
  String.raw`^[\w.+-]+@[\w-]+(?:\.[\w-]+)+$`,
  String.raw`^(?:\d{1,3}\.){3}\d{1,3}$`,
  String.raw`^-?(?:0|[1-9]\d*)(?:\.\d+)?$`,
  String.raw`^https?://[^\s/]+(?:/\S*)?$`,
  String.raw`^[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}$`,
  String.raw`^(?=.*[A-Z])(?=.*\d).{8,}$`,
  String.raw`^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$`,
  String.raw`^(?:red|green|blue)$`,
  `^${"[a-z]{1,20}-".repeat(6)}[a-z]{1,20}$`,
  String.raw`^x-`,
];

describe("a pattern for texts of strangers", () => {
  for (const pattern of [...exponential, ...quadratic]) {
    it(`is refused when it is tried again and again: ${pattern}`, () => {
      assert.notEqual(patternFault(pattern), undefined);
    });
  }
  for (const pattern of unclear) {
    it(`is refused when it cannot be examined: ${pattern.slice(0, 30)}`, () => {
      assert.match(patternFault(pattern) ?? "", /refers back|flags|examined|longer/);
    });
  }
  for (const pattern of ordinary) {
    it(`is taken when it is read in one pass: ${pattern}`, () => {
      assert.equal(patternFault(pattern), undefined);
    });
  }

  it("is refused whenever another analyser refuses it", (t) => {
    t.diagnostic(`SEED=${SEED}`);
    const { pattern: made } = fc.letrec((tie) => {
      const pattern = tie("pattern").map(String);
      return {
        pattern: fc.oneof(
          { maxDepth: 4, withCrossShrink: true },
          fc.constantFrom("a", "b", "[ab]", ".", String.raw`\d`, "x"),
          fc.array(pattern, { minLength: 2, maxLength: 4 }).map((parts) => parts.join("")),
          fc.tuple(pattern, pattern).map(([a, b]) => `(?:${a}|${b})`),
          fc
            .tuple(pattern, fc.constantFrom("*", "+", "?", "{2}", "{1,3}", "{2,}"))
            .map(([part, sign]) => `(?:${part})${sign}`),
        ),
      };
    });
    const whole = fc.tuple(fc.constantFrom("^", ""), made, fc.constantFrom("$", ""));
    const property = fc.property(
      whole.map((parts) => parts.join("")),
      (pattern) => {
        if (patternFault(pattern) !== undefined) return;
        const { reports } = analyse({ source: pattern, flags: "" }, { maxReports: 1 });
        assert.deepEqual(reports, []);
      },
    );
    fc.assert(property, { seed: SEED, numRuns: 300 });
  });
});
