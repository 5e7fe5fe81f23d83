import { linesOf, type Line } from "../../gateway/batches/upload/lines.ts";
import {
  CSV_END,
  CURSOR_LENGTH,
  cursorIn,
  END_MARK,
} from "../../gateway/page/browser/call/page-end.ts";
import { recordsOf } from "./csv.ts";
import { z } from "zod";

/** What a file of results has: a line of JSON per item, or a record of CSV behind a header. */
export type ResultForm = "ndjson" | "csv";

/** @param path of a file that is to hold results; undefined for none */
export function formOf(path: unknown): ResultForm {
  return typeof path === "string" && /\.csv$/i.test(path) ? "csv" : "ndjson";
}

/** Media types of these. */
export const RESULT_TYPES: Readonly<Record<ResultForm, string>> = {
  ndjson: "application/x-ndjson",
  csv: "text/csv",
};

/** Some results, each without its end of line; or the end of a page, without which it broke off. */
export type PagePart =
  | { readonly kind: "header"; readonly line: Uint8Array }
  | { readonly kind: "lines"; readonly lines: readonly Uint8Array[] }
  /** Where to go on; null when nothing more will come, undefined when that is not said. */
  | { readonly kind: "end"; readonly next: string | null | undefined };

const LINE_BYTES_MAX = 64 * 1024 * 1024;
const END_BYTES = Buffer.from(END_MARK);
const endSchema = z.object({ end: z.literal(true), next: z.string().nullable() });

type Body = AsyncIterable<Uint8Array>;

/** A page of results, as it comes. */
export function pageParts(form: ResultForm, body: Body): AsyncGenerator<PagePart> {
  return form === "csv" ? recordParts(body) : lineParts(body);
}

async function* lineParts(body: Body): AsyncGenerator<PagePart> {
  for await (const lines of linesOf(body, LINE_BYTES_MAX)) {
    const end = lines.find(isEnd);
    yield { kind: "lines", lines: lines.filter((line) => line !== end).map(({ bytes }) => bytes) };
    if (end === undefined) continue;
    yield { kind: "end", next: endSchema.parse(JSON.parse(end.bytes.toString())).next };
    return;
  }
}

function isEnd({ bytes }: Line): boolean {
  return bytes.subarray(0, END_BYTES.length).equals(END_BYTES);
}

/** The last field of each record is the cursor behind it, and the page's end an empty line. */
async function* recordParts(body: Body): AsyncGenerator<PagePart> {
  const tail = new Tail();
  let next: string | undefined;
  let isFirst = true;
  for await (const records of recordsOf(tail.of(body))) {
    const lines = records.map(({ bytes }) => bytes.subarray(0, -1));
    const [header, ...others] = lines;
    if (isFirst && header !== undefined) yield { kind: "header", line: header };
    const some = isFirst ? others : lines;
    isFirst = false;
    yield { kind: "lines", lines: some };
    next = cursorOf(some.at(-1)) ?? next;
  }
  if (tail.text.endsWith(CSV_END)) yield { kind: "end", next };
}

function cursorOf(record: Uint8Array | undefined): string | undefined {
  return record && cursorIn(Buffer.from(record.subarray(-CURSOR_LENGTH)).toString("latin1"));
}

/** Remembers how a body ended. */
class Tail {
  text = "";

  async *of(body: Body): Body {
    for await (const bytes of body) {
      this.text = (
        this.text + Buffer.from(bytes.subarray(-CSV_END.length)).toString("latin1")
      ).slice(-CSV_END.length);
      yield bytes;
    }
  }
}
