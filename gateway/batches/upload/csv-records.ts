import { isUtf8 } from "node:buffer";
import { ScoringError } from "../../../shared/error.ts";
import { GatheredBytes } from "../../http/gathered-bytes.ts";
import type { Line } from "./lines.ts";

/** One record of CSV. */
export interface CsvRecord {
  /** The line it begins in, from 1. */
  readonly line: number;
  /** How many it takes. */
  readonly lines: number;
  /** As it stands, without its last end of line. */
  readonly bytes: Buffer;
  /** Undefined for a field with nothing in it, not even quotes. Or what is wrong with the record. */
  readonly fields: readonly (string | undefined)[] | ScoringError;
}

/** Most fields of a record: each becomes a string, and one may be a comma long. */
const FIELDS_MAX = 10_000;

const LINE_FEED = Buffer.from("\n");
const QUOTE = 0x22;
const BYTE_ORDER_MARK = "\uFEFF";

/**
 * Reads CSV by RFC 4180: commas, double quotes, lines that end in LF or CRLF; UTF-8, with or without a
 * byte order mark. Empty lines between records are left out. What is wrong with a record is handed
 * out in its place, and the next one is read all the same.
 *
 * @param lines raw ones @param bytesMax most bytes of a record
 * @throws {ScoringError} `invalid_input` for quotes that are never closed, `payload_too_large`: where
 *   the next record begins is not known then
 */
export async function* recordsOf(
  lines: AsyncIterable<readonly Line[]>,
  bytesMax: number,
): AsyncGenerator<readonly CsvRecord[]> {
  const records = new CsvRecords(bytesMax);
  for await (const some of lines) {
    yield some.flatMap((line) => records.add(line) ?? []);
  }
  if (records.openLine !== 0) throw neverClosed(records.openLine);
}

/** Gathers raw lines until a record is whole. */
export class CsvRecords {
  readonly #bytesMax: number;
  readonly #open = new GatheredBytes();
  /** Where the record that is open begins; 0 while none is. */
  #line = 0;

  /** @param bytesMax most bytes of a record of several lines */
  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** @returns the record that ends with this line, if one does @throws {ScoringError} `payload_too_large` */
  add({ number, bytes }: Line): CsvRecord | undefined {
    const isFirst = this.#line === 0;
    if (isFirst && bytes.length === 0) return undefined;
    const line = isFirst ? number : this.#line;
    if (!isFirst) this.#goOn(bytes);
    const lines = number - line + 1;
    if (!isUtf8(bytes)) {
      const whole = isFirst ? bytes : this.close();
      return { line, lines, bytes: whole, fields: malformed("is not valid UTF-8") };
    }
    // Each quote opens or closes: after an even number the field is as open as it was.
    if (!isFirst && !hasOddQuotes(bytes)) return undefined;
    const whole = isFirst ? bytes : this.close();
    const fields = fieldsOf(textOf(whole, line));
    if (fields === "open") this.#begin(line, whole);
    return fields === "open" || fields === "empty"
      ? undefined
      : { line, lines, bytes: whole, fields };
  }

  /** Where the record begins that is not whole; 0 when there is none. */
  get openLine(): number {
    return this.#line;
  }

  /** What came of the record that is not whole, which is given up. */
  close(): Buffer {
    this.#line = 0;
    return this.#open.take();
  }

  #begin(line: number, bytes: Buffer): void {
    this.#line = line;
    this.#open.add(bytes);
  }

  #goOn(bytes: Buffer): void {
    if (this.#open.length + bytes.length + 1 > this.#bytesMax) {
      throw tooLong(this.#line, this.#bytesMax);
    }
    this.#open.add(LINE_FEED);
    this.#open.add(bytes);
  }
}

/** @returns `open` when a quoted field has no end yet */
function fieldsOf(text: string): CsvRecord["fields"] | "open" | "empty" {
  if (text === "") return "empty";
  if (!text.includes('"')) {
    const plain = text.split(",", FIELDS_MAX + 1);
    if (plain.length > FIELDS_MAX) return tooMany();
    return plain.map((field) => (field === "" ? undefined : field));
  }
  const fields: (string | undefined)[] = [];
  let at = 0;
  for (;;) {
    if (fields.length === FIELDS_MAX) return tooMany();
    const field = text[at] === '"' ? quotedField(text, at) : bareField(text, at);
    if (field === "open" || field instanceof ScoringError) return field;
    fields.push(field.value);
    if (field.end === text.length) return fields;
    at = field.end + 1;
  }
}

interface Field {
  readonly value: string | undefined;
  /** Where its comma stands, or the end of the text. */
  readonly end: number;
}

function bareField(text: string, start: number): Field | ScoringError {
  const comma = text.indexOf(",", start);
  const end = comma < 0 ? text.length : comma;
  const value = text.slice(start, end);
  if (value.includes('"')) {
    return malformed("has a quote inside a field; quote the field, and double its quotes");
  }
  return { value: value === "" ? undefined : value, end };
}

function quotedField(text: string, start: number): Field | ScoringError | "open" {
  let quote = text.indexOf('"', start + 1);
  while (quote >= 0 && text[quote + 1] === '"') quote = text.indexOf('"', quote + 2);
  if (quote < 0) return "open";
  const end = quote + 1;
  if (end < text.length && text[end] !== ",") {
    return malformed("has something between a closing quote and the next comma");
  }
  return { value: text.slice(start + 1, quote).replaceAll('""', '"'), end };
}

function hasOddQuotes(bytes: Buffer): boolean {
  let isOdd = false;
  for (let at = bytes.indexOf(QUOTE); at >= 0; at = bytes.indexOf(QUOTE, at + 1)) isOdd = !isOdd;
  return isOdd;
}

/** Without a byte order mark, and the return that may stand before the line's end. */
function textOf(record: Buffer, line: number): string {
  const text = record.toString();
  const isMarked = line === 1 && text.startsWith(BYTE_ORDER_MARK);
  return text.slice(isMarked ? 1 : 0, text.endsWith("\r") ? -1 : undefined);
}

function malformed(what: string): ScoringError {
  return new ScoringError("invalid_input", `The record ${what}.`);
}

function tooMany(): ScoringError {
  return malformed(`has more than ${FIELDS_MAX} fields`);
}

function neverClosed(line: number): ScoringError {
  return new ScoringError("invalid_input", `Line ${line}: a quote is opened but never closed.`, {
    members: { line },
  });
}

function tooLong(line: number, bytesMax: number): ScoringError {
  const message = `Line ${line}: the record is longer than ${bytesMax} bytes; is a quote open?`;
  return new ScoringError("payload_too_large", message, {
    members: { line, limit_bytes: bytesMax },
  });
}
