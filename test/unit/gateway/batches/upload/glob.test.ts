import assert from "node:assert/strict";
import { posix } from "node:path";
import { describe, it } from "node:test";
import fc from "fast-check";
import { compileGlob } from "../../../../../gateway/batches/upload/glob.ts";

const matches = (pattern: string, path: string): boolean => compileGlob(pattern)(path);

describe("a glob", () => {
  const cases: readonly (readonly [pattern: string, yes: string[], no: string[]])[] = [
    ["*.jpg", ["a.jpg", ".jpg"], ["a.jpeg", "a/b.jpg", "a.JPG", "a.jpg.txt"]],
    ["**/*", ["a", "a/b", "a/b/c"], []],
    ["**", ["a", "a/b/c"], []],
    ["**/*.{jpg,png}", ["a.jpg", "a/b/c.png"], ["a.gif", "a.jpg/b"]],
    ["a/**/b", ["a/b", "a/x/b", "a/x/y/b"], ["ab", "a/xb", "a/b/c"]],
    ["a/**", ["a/b", "a/b/c"], ["a", "ab", "b/a"]],
    ["a**b", ["ab", "axxb"], ["a/b"]],
    ["?.txt", ["a.txt", "é.txt", "😀.txt"], [".txt", "ab.txt", "a/.txt"]],
    ["[a-c]?[!x-z]", ["b1a", "c/".replace("/", "q") + "w"], ["d1a", "b1y", "b1/"]],
    ["[]a]", ["]", "a"], ["b"]],
    ["a[b", ["a[b"], ["ab"]],
    ["{a,b{c,d}}/*", ["a/x", "bc/x", "bd/x"], ["b/x", "a"]],
    ["{a/b,c}/d", ["a/b/d", "c/d"], ["a/d"]],
    ["{a", ["{a"], ["a"]],
    ["a{b}", ["a{b}"], ["ab"]],
    ["a{,b}", ["a", "ab"], ["a{,b}"]],
    ["{a,{b},c}", ["a", "{b}", "c"], ["b", "{a,{b},c}"]],
    ["{a,[,}]b}c", ["ac", ",bc", "}bc"], ["bc"]],
    ["{a,{b}", ["{a,{b}"], ["a"]],
    ["\\*.txt", ["*.txt"], ["a.txt"]],
    ["(a|b)+.!", ["(a|b)+.!"], ["a.!"]],
    ["", [], ["a"]],
  ];
  for (const [pattern, yes, no] of cases) {
    it(`${JSON.stringify(pattern)} matches what it says, whole paths only`, () => {
      for (const path of yes) assert.equal(matches(pattern, path), true, path);
      for (const path of no) assert.equal(matches(pattern, path), false, path);
    });
  }

  it("means what Node's own means, where that is said to be known", () => {
    const name = fc.string({ unit: fc.constantFrom("a", "b", "c"), minLength: 1, maxLength: 3 });
    const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => names.join("/"));
    const plain = fc.string({
      unit: fc.constantFrom("a", "b", "*", "?"),
      minLength: 1,
      maxLength: 4,
    });
    // Brace expansion makes two stars of `*{*,a}`: what begins with one stays out of braces.
    const braces = fc
      .array(
        plain.filter((text) => !text.startsWith("*")),
        { minLength: 2, maxLength: 3 },
      )
      .map((all) => `{${all.join(",")}}`);
    const segment = fc.oneof(
      fc.constant("**"),
      fc.constantFrom("[ab]", "[!a]*", "*[b-c]"),
      plain.filter((text) => !text.includes("**")),
      fc.tuple(plain, braces).map(([a, b]) => a + b),
    );
    const pattern = fc
      .array(segment, { minLength: 1, maxLength: 4 })
      .map((segments) => segments.join("/"))
      .filter((text) => !/\*\*[^/]|[^/]\*\*/.test(text));
    fc.assert(
      fc.property(pattern, path, (glob, one) => {
        assert.equal(matches(glob, one), posix.matchesGlob(one, glob));
      }),
      { numRuns: 3000 },
    );
  });

  it("takes steps for its length times the path's, and not a power of them", () => {
    const name = "a".repeat(255);
    const path = Array.from({ length: 16 }, () => name).join("/");
    const hostile = [
      `${"*a".repeat(127)}*b`,
      `${"**/".repeat(80)}b`,
      `${"**/*a".repeat(50)}b`,
      `${"{a,a}".repeat(50)}b`,
      `${"{*,a}".repeat(50)}b`,
      `${"{".repeat(250)}b`,
      `${"{".repeat(125)}${"}".repeat(125)}`,
      `${"{[}]".repeat(40)}${"}".repeat(40)}`,
      `${"[".repeat(250)}b`,
      `${"{*,{*,{*,{*,{*,{*,".repeat(8)}b`,
      `${"**".repeat(127)}b`,
    ];
    for (const pattern of hostile) {
      const isMatch = compileGlob(pattern);
      for (const one of [name, path]) assert.equal(isMatch(one), false, pattern);
    }
  });
});
