import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { parseJson } from "../../../../gateway/http/parse-json.ts";
import { toProblem } from "../../../../shared/error.ts";

const SEED = Number(process.env["SEED"] ?? Date.now() % 2 ** 31);

function complaint(body: Buffer): string | undefined {
  try {
    parseJson(body);
    return undefined;
  } catch (error) {
    const problem = toProblem(error);
    // What is made up may have a member `__proto__`, which is a fault of another kind.
    if (problem.code === "unknown_field") return undefined;
    assert.equal(problem.code, "invalid_json");
    return problem.detail;
  }
}

const NAN = ': NaN and Infinity are not JSON; write null, or "NaN"';

describe("JSON that would take too much of the heap", () => {
  const many = (part: string, count: number): string => `${`${part},`.repeat(count - 1)}${part}`;
  const bodies: readonly (readonly [what: string, most: string, more: string])[] = [
    ["lists and objects", `[${many("[]", 1_999_999)}]`, `[${many("{}", 2_000_000)}]`],
    ["members of objects", `[${many('{"a":1}', 1_000_000)}]`, `[${many('{"a":1}', 1_000_001)}]`],
  ];
  for (const [what, most, more] of bodies) {
    it(`is refused before it is parsed: ${what}`, () => {
      assert.doesNotThrow(() => parseJson(Buffer.from(most)));
      assert.throws(
        () => parseJson(Buffer.from(more)),
        (error) => {
          const { code, detail } = toProblem(error);
          assert.equal(code, "payload_too_large");
          assert.match(detail, new RegExp(`^The JSON has more than \\d+ ${what}\\.$`));
          return true;
        },
      );
    });
  }
});

describe("a complaint about JSON", () => {
  it("says where, when that is known, and never what is there", () => {
    const faults: readonly (readonly [string, string])[] = [
      ["not json at all", "The body is not valid JSON."],
      ["x JSON at position 7", "The body is not valid JSON."],
      ['{"a":1 "secret"}', "The body is not valid JSON (position 7, from 0)."],
      ['"secret', "The body is not valid JSON (position 7, from 0)."],
      ['{"a":', "The body is not valid JSON: it ends too early."],
      ["", "The body is not valid JSON: it ends too early."],
      ['{"age": NaN}', `The body is not valid JSON${NAN}.`],
      ["[1,-Infinity]", `The body is not valid JSON${NAN}.`],
      ['{"a":"[NaN]" 1', "The body is not valid JSON (position 13, from 0)."],
    ];
    for (const [body, detail] of faults) assert.equal(complaint(Buffer.from(body)), detail);
    const bytes = Buffer.from([0x22, 0xff, 0x22]);
    assert.equal(complaint(bytes), "The body is not valid JSON: it is not UTF-8.");
  });

  it("is one of five, whatever is sent", (t) => {
    t.diagnostic(`SEED=${SEED}`);
    const words =
      /^The body is not valid JSON(?:| \(position \d+, from 0\)|: it ends too early|: it is not UTF-8|: NaN and Infinity .*)\.$/;
    const broken = fc.tuple(fc.json(), fc.nat(), fc.string()).map(([json, place, text]) => {
      const at = place % (json.length + 1);
      return json.slice(0, at) + text + json.slice(at);
    });
    fc.assert(
      fc.property(broken, (text) => {
        const detail = complaint(Buffer.from(text));
        if (detail !== undefined && !detail.includes("deeper")) assert.match(detail, words);
      }),
      // The first was drawn once, and red: it is JSON, with another fault.
      {
        seed: SEED,
        examples: [['{"__proto__":1}'], ['{"__proto__":1'], ['[{"a":[{"__proto__":null}]}]']],
      },
    );
  });
});
