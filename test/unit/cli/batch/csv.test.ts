import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { csvSource, recordsOf } from "../../../../cli/batch/csv.ts";

describe("records of a table", () => {
  const cases: readonly (readonly [what: string, text: string, records: readonly unknown[]])[] = [
    [
      "end with their lines",
      "a,b\n1,2\n",
      [
        ["a,b\n", 1, 1],
        ["1,2\n", 2, 1],
      ],
    ],
    [
      "may lack the last end",
      "a\n1",
      [
        ["a\n", 1, 1],
        ["1\n", 2, 1],
      ],
    ],
    [
      "keep CRLF, and empty lines are none",
      "a\r\n\r\n1\r\n",
      [
        ["a\r\n", 1, 1],
        ["1\r\n", 3, 1],
      ],
    ],
    [
      "hold ends of lines in quotes",
      'a,b\n"x\ny",2\n3,4\n',
      [
        ["a,b\n", 1, 1],
        ['"x\ny",2\n', 2, 2],
        ["3,4\n", 4, 1],
      ],
    ],
    [
      "hold quotes that are doubled",
      '"say ""hi""\n",1\n"""",2\n',
      [
        ['"say ""hi""\n",1\n', 1, 2],
        ['"""",2\n', 3, 1],
      ],
    ],
    [
      "do not begin a quoted field with a quote in its middle",
      '5" pipe,1\n7"" hose,2\n',
      [
        ['5" pipe,1\n', 1, 1],
        ['7"" hose,2\n', 2, 1],
      ],
    ],
    [
      "are cut off by the end when a quote stays open",
      'a\n"b\nc\n',
      [
        ["a\n", 1, 1],
        ['"b\nc\n', 2, 2],
      ],
    ],
  ];
  for (const [what, text, expected] of cases) {
    it(what, async () => {
      for (const size of [1, 2, 5, text.length]) {
        const found: unknown[] = [];
        for await (const records of recordsOf(inPieces(text, size))) {
          for (const { bytes, number, lines } of records) {
            found.push([Buffer.from(bytes).toString(), number, lines]);
          }
        }
        assert.deepEqual(found, expected, `in pieces of ${size}`);
      }
    });
  }

  it("begin with the header, also when no record is whole in the first piece", async () => {
    for (const text of ["\n\na,b\n1,2\n", '"a\nx",b\n1,2\n']) {
      const file = { name: "table.csv", bytes: inPieces(text, 2), size: undefined };
      const { preamble } = await csvSource(file);
      assert.equal(`${String(preamble)}1,2\n`, text.trimStart());
    }
  });
});

// oxlint-disable-next-line require-await -- what is there is read like what comes
async function* inPieces(text: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
