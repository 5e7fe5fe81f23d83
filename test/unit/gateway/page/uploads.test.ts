import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { recordsOf } from "../../../../gateway/batches/upload/csv-records.ts";
import { linesOf } from "../../../../gateway/batches/upload/lines.ts";
import { sourceOf } from "../../../../gateway/page/browser/upload/chosen.ts";
import { nextBytes, PART_BYTES, pauseMs } from "../../../../gateway/page/browser/upload/course.ts";
import { recordReader } from "../../../../gateway/page/browser/upload/lines.ts";
import type { Part, Source } from "../../../../gateway/page/browser/upload/source.ts";

/** What confuses readers of CSV, in any order. */
const pieces = fc.constantFrom(
  ...['"', '""', ",", "a", "\n", "\r\n", " ", '"\n', 'x"y', "é", "\uFEFF"].map((text) =>
    Buffer.from(text),
  ),
  Buffer.from([0xff]),
);
const tables = fc.array(pieces, { maxLength: 40 }).map((some) => Buffer.concat(some));

/** All parts of a source. */
async function partsOf(source: Source, bytes: number): Promise<readonly Part[]> {
  const parts: Part[] = [];
  for (let at = source.start; ; at = parts.at(-1)?.end ?? at) {
    const part = await source.partAt(at, { bytes, items: Infinity });
    if (part === undefined) return parts;
    parts.push(part);
  }
}

async function fileOf(name: string, text: string | Uint8Array<ArrayBuffer>): Promise<Source> {
  return sourceOf({ files: [{ path: name, file: new Blob([text]) }], folder: undefined });
}

async function textOf({ body }: Part): Promise<string> {
  return new Response(body()).text();
}

describe("a table that is uploaded in parts", () => {
  it("has its records where the gateway finds them, malformed ones too", async () => {
    await fc.assert(
      fc.asyncProperty(tables, async (table) => {
        assert.deepEqual(oursIn(table), await gatewaysIn(table));
      }),
      { numRuns: 2000 },
    );
  });

  it("is cut behind whole records, with its header before each part", async () => {
    const source = await fileOf("t.csv", 'a,b\n1,"x\ny"\n\n2,z\n3,"""q"\n');
    const parts = await partsOf(source, 6);
    assert.deepEqual(await Promise.all(parts.map(textOf)), [
      'a,b\n1,"x\ny"\n\n',
      "a,b\n2,z\n",
      'a,b\n3,"""q"\n',
    ]);
    assert.deepEqual(
      parts.map(({ end }) => end.item),
      [1, 2, 3],
    );
  });

  it("says in which line of the file a line of a request stands", async () => {
    const source = await fileOf("t.csv", "a\n1\n2\n3\n4\n");
    const [, second] = await partsOf(source, 4);
    const problem = { type: "", title: "", status: 422, detail: "", retryable: false } as const;
    const place = (line: number) => second?.place({ ...problem, code: "invalid_input", line });
    assert.deepEqual(place(3), { text: "Line 5 of t.csv", isItem: true });
    assert.deepEqual(place(1), { text: "Line 1 of t.csv", isItem: false });
  });

  it("goes on behind as many items as the batch has", async () => {
    const source = await fileOf("t.csv", "a\n1\n2\n3\n");
    const there = await source.partAt(source.start, { bytes: 1000, items: 2 });
    assert.equal(there?.end.item, 2);
    const rest = await source.partAt(there.end, { bytes: 1000, items: Infinity });
    assert.equal(rest && (await textOf(rest)), "a\n3\n");
  });
});

describe("what is chosen for a batch", () => {
  it("may say in its first line what the batch is", async () => {
    const source = await fileOf("t.ndjson", '{"batch":{"model":"wine"}}\n{"input":1}\n');
    assert.deepEqual(source.head, { model: "wine" });
    assert.deepEqual(await Promise.all((await partsOf(source, 100)).map(textOf)), [
      '{"input":1}\n',
    ]);
  });

  it("is the photos of a folder, by name, and nothing else in it", async () => {
    const file = new Blob(["1234"]);
    const paths = ["b/2.JPG", "a.png", "notes.txt", ".trash/c.jpg", "c.webp"];
    const files = paths.map((path) => ({ path, file }));
    const source = await sourceOf({ files, folder: "photos" });
    assert.deepEqual([source.items, source.bytes], [3, 12]);
    const names = (await partsOf(source, 8)).map(({ body }) => {
      const form = body();
      assert.ok(form instanceof FormData);
      return form.getAll("file").map((part) => (part instanceof File ? part.name : ""));
    });
    assert.deepEqual(names, [["a.png", "b/2.JPG"], ["c.webp"]]);
  });

  it("is refused in words when it is none of these", async () => {
    await assert.rejects(fileOf("t.xlsx", "PK"), /t\.xlsx is not taken: \.csv/);
    await assert.rejects(fileOf("t.csv", ""), /t\.csv is empty/);
    await assert.rejects(fileOf("t.csv", "\n\n"), /needs a header/);
    await assert.rejects(sourceOf({ files: [], folder: "x" }), /nothing in x/);
  });
});

describe("the pace of an upload", () => {
  it("grows on a good link and shrinks on a bad one, within bounds", () => {
    assert.equal(nextBytes(2 ** 20, 100), 2 ** 21);
    assert.equal(nextBytes(2 ** 20, 5000), 2 ** 20);
    assert.equal(nextBytes(2 ** 20, 9000), 2 ** 19);
    assert.equal(nextBytes(PART_BYTES.most, 1), PART_BYTES.most);
    assert.equal(nextBytes(PART_BYTES.least, 60_000), PART_BYTES.least);
  });

  it("asks a gateway that is away ever more rarely", () => {
    assert.equal(pauseMs(1, 0.5), 500);
    assert.equal(pauseMs(3, 0.5), 2000);
    assert.equal(pauseMs(40, 1), 18_750);
  });
});

/** Bytes behind each record, by our reader. */
function oursIn(table: Buffer): readonly string[] {
  const read = recordReader({ isMarked: true });
  const found: string[] = [];
  let open: Buffer[] = [];
  for (const line of splitLines(table)) {
    const verdict = read(line);
    if (verdict === "empty") continue;
    open.push(line);
    if (verdict === "open") continue;
    const whole = open.map((part) => part.toString("latin1")).join("\n");
    found.push(Buffer.from(whole, "latin1").toString());
    open = [];
  }
  return found;
}

async function gatewaysIn(table: Buffer): Promise<readonly string[]> {
  const found: string[] = [];
  try {
    const lines = linesOf(ReadableStream.from([table]), 1000, "raw");
    for await (const some of recordsOf(lines, 1000)) {
      found.push(...some.map(({ bytes }) => bytes.toString()));
    }
  } catch {
    // The last quote is never closed.
  }
  return found;
}

function splitLines(table: Buffer): readonly Buffer[] {
  const lines = table.toString("latin1").split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines.map((line) => Buffer.from(line, "latin1"));
}
