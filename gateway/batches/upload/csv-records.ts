import { isUtf8 } from "node:buffer";
import { ScoringError } from "../../../shared/error.ts";
import { GatheredBytes } from "../../http/gathered-bytes.ts";
import type { Line } from "./lines.ts";

/** One record of CSV. */
export interface CsvRecord {
  /** The line it begins in, from 1. */
  readonly line: number;
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
  const gathering = new Gathering(bytesMax);
  for await (const some of lines) {
    yield some.flatMap((line) => gathering.add(line) ?? []);
  }
  gathering.end();
}

/** Gathers lines until a record is whole. */
class Gathering {
  readonly #bytesMax: number;
  readonly #open = new GatheredBytes();
  /** Where the record that is open begins; 0 while none is. */
  #line = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** @returns the record that ends with this line, if one does */
  add({ number, bytes }: Line): CsvRecord | undefined {
    if (bytes.length === 0 && this.#line === 0) return undefined;
    const line = this.#line || number;
    if (bytes.length > 0 && !isUtf8(bytes)) {
      this.#close();
      return { line, fields: malformed("is not valid UTF-8") };
    }
    const fields = this.#line === 0 ? this.#begin(bytes, number) : this.#goOn(bytes);
    return fields === "open" || fields === "empty" ? undefined : { line, fields };
  }

  /** @throws {ScoringError} `invalid_input` when a record is not whole */
  end(): void {
    if (this.#line !== 0) throw neverClosed(this.#line);
  }

  #begin(bytes: Buffer, number: number): ReturnType<typeof fieldsOf> {
    const text = number === 1 ? withoutMark(bytes.toString()) : bytes.toString();
    const fields = fieldsOf(withoutReturn(text));
    if (fields !== "open") return fields;
    this.#line = number;
    this.#open.add(Buffer.from(text));
    return fields;
  }

  /** Each quote opens or closes: after an even number the field is as open as it was. */
  #goOn(bytes: Buffer): ReturnType<typeof fieldsOf> {
    if (this.#open.length + bytes.length + 1 > this.#bytesMax) {
      throw tooLong(this.#line, this.#bytesMax);
    }
    this.#open.add(LINE_FEED);
    if (bytes.length === 0) return "open";
    this.#open.add(bytes);
    if (!hasOddQuotes(bytes)) return "open";
    return fieldsOf(withoutReturn(this.#close().toString()));
  }

  #close(): Buffer {
    this.#line = 0;
    return this.#open.take();
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

function withoutMark(text: string): string {
  return text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text;
}

function withoutReturn(text: string): string {
  return text.endsWith("\r") ? text.slice(0, -1) : text;
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
