import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { csvRecord } from "../../../../../gateway/batches/csv.ts";
import { recordsOf } from "../../../../../gateway/batches/upload/csv-records.ts";
import { linesOf } from "../../../../../gateway/batches/upload/lines.ts";
import { ScoringError } from "../../../../../shared/error.ts";

const LIMIT = 1000;

/** Records as they come out, with the line of each; what is wrong with one as text. */
async function read(body: Uint8Array | string, piece = 3): Promise<unknown[]> {
  const bytes = Buffer.from(body);
  async function* pieces(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += piece) yield bytes.subarray(at, at + piece);
    await Promise.resolve();
  }
  const records: unknown[] = [];
  for await (const some of recordsOf(linesOf(pieces(), LIMIT, "raw"), LIMIT)) {
    for (const { line, fields } of some) {
      records.push([line, fields instanceof ScoringError ? fields.message : fields]);
    }
  }
  return records;
}

describe("records of CSV", () => {
  it("tell nothing at all from an empty text, and know the line they begin in", async () => {
    assert.deepEqual(await read('a,b\r\n1,\r\n\r\n"x\r\n\r\ny",""\n,"q""q"\n7'), [
      [1, ["a", "b"]],
      [2, ["1", undefined]],
      [4, ["x\r\n\r\ny", ""]],
      [7, [undefined, 'q"q']],
      [8, ["7"]],
    ]);
  });

  it("may begin with a byte order mark, which is none of the first name", async () => {
    assert.deepEqual(await read("\uFEFFa\n\uFEFFb\n"), [
      [1, ["a"]],
      [2, ["\uFEFFb"]],
    ]);
  });

  it("keep commas and quotes of quoted fields", async () => {
    assert.deepEqual(await read('"a,b","""",c\n'), [[1, ["a,b", '"', "c"]]]);
  });

  it("go on behind one that is malformed", async () => {
    const bad = Buffer.concat([Buffer.from("a\nb"), Buffer.from([0xff]), Buffer.from("\nc\n")]);
    assert.deepEqual(await read(bad), [
      [1, ["a"]],
      [2, "The record is not valid UTF-8."],
      [3, ["c"]],
    ]);
    const [first, second] = await read('x"y,1\n2,"x"y\n');
    assert.match(String(first), /1,.*quote inside a field/);
    assert.match(String(second), /2,.*between a closing quote/);
  });

  it("are refused with the line where a quote was opened that is never closed", async () => {
    await assert.rejects(read('a\n"b\nc\n'), {
      code: "invalid_input",
      message: /^Line 2: a quote is opened but never closed/,
    });
    await assert.rejects(read(`a\n"${"b\n".repeat(LIMIT)}`), {
      code: "payload_too_large",
      message: /^Line 2: the record is longer/,
    });
  });

  it("come back as they were written, wherever the body is cut", async () => {
    const field = fc.oneof(
      fc.constant(undefined),
      fc.constantFrom("", "\n", "\r\n", '"', ",", "\r", "1.5"),
      fc.string({ unit: "binary", maxLength: 12 }).map((text) => text.toWellFormed()),
    );
    const table = fc.array(fc.array(field, { minLength: 2, maxLength: 4 }), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(table, fc.integer({ min: 1, max: 40 }), async (rows, piece) => {
        const records = await read(rows.map((row) => csvRecord(row)).join(""), piece);
        const fields = records.map((record) => (Array.isArray(record) ? record[1] : record));
        // A byte order mark at the very beginning says how it is written, and is not read.
        const first = rows[0]?.[0];
        if (first?.startsWith("\uFEFF") === true) return;
        assert.deepEqual(fields, rows);
      }),
      { numRuns: 100 },
    );
  });
});
