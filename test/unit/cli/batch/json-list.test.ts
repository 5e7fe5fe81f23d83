import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { elementsOf } from "../../../../cli/batch/json-list.ts";

describe("elements of a JSON array", () => {
  const cases: readonly (readonly [text: string, elements: readonly string[]])[] = [
    ["[]", []],
    [" [ ] ", []],
    ["[1]", ["1"]],
    ['[1, "a,]", null]', ["1", '"a,]"', "null"]],
    ['[{"a": [1, 2]}, [3, [4]], "\\"}"]', ['{"a": [1, 2]}', "[3, [4]]", '"\\"}"']],
    ['[\n  {\n    "big": 9007199254740993\n  }\n]\n', ['{     "big": 9007199254740993   }']],
    ['["\\\\", 2]', ['"\\\\"', "2"]],
  ];
  for (const [text, expected] of cases) {
    it(`of ${JSON.stringify(text)} are as they stand, each on one line`, () => {
      assert.deepEqual(elementsOf(text), expected);
      assert.deepEqual(
        elementsOf(text).map((element): unknown => JSON.parse(element)),
        JSON.parse(text),
      );
    });
  }
});
