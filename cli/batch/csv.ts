import { CommandError } from "../terminal/command.ts";
import type { SentItem, Source, SourceFile } from "./sent-item.ts";

const QUOTE = 0x22;
const NEWLINE = 0x0a;
const COMMA = 0x2c;

/**
 * Records of a table (RFC 4180), as they stand in the file: which column is which, and what a value
 * is, is the gateway's to say. The header goes before the records of each request.
 *
 * @throws {CommandError} when there is no header
 */
export async function csvSource(file: SourceFile): Promise<Source> {
  const records = recordsOf(file.bytes);
  const first = await records.next();
  const [header, ...early] = first.done === true ? [] : first.value;
  if (header === undefined) throw new CommandError(`${file.name} is empty; it wants a header`);
  return {
    mediaType: "text/csv",
    preamble: withEnd(header.bytes),
    head: undefined,
    size: file.size === undefined ? {} : { bytes: file.size },
    items: itemsOf(early, records),
    place: (number) => `line ${number} of ${file.name}`,
  };
}

async function* itemsOf(
  early: readonly SentItem[],
  rest: AsyncIterable<readonly SentItem[]>,
): AsyncGenerator<readonly SentItem[]> {
  yield early;
  yield* rest;
}

/**
 * Records with their ends, those of one piece of the file at a time, as the gateway tells them apart: a quote opens where a field begins, and
 * two in a quoted field are one. `number` is the line that a record begins in; an empty line is none.
 */
export async function* recordsOf(
  file: AsyncIterable<Uint8Array>,
): AsyncGenerator<readonly SentItem[]> {
  const quotes = new Quotes();
  let parts: Uint8Array[] = [];
  let [number, lines] = [1, 0];
  for await (const piece of file) {
    const records: SentItem[] = [];
    let start = 0;
    for (let i = 0; i < piece.length; i += 1) {
      const isOpen = quotes.isOpenAfter(piece[i] ?? 0);
      if (piece[i] !== NEWLINE) continue;
      lines += 1;
      if (isOpen) continue;
      const bytes = Buffer.concat([...parts, piece.subarray(start, i + 1)]);
      if (!isBlank(bytes)) records.push({ bytes, number, lines });
      [parts, number, lines, start] = [[], number + lines, 0, i + 1];
    }
    if (start < piece.length) parts.push(piece.slice(start));
    if (records.length > 0) yield records;
  }
  const bytes = Buffer.concat(parts);
  if (!isBlank(bytes)) yield [{ bytes: withEnd(bytes), number, lines: lines + 1 }];
}

/** Where in a record's quotes a byte stands. */
class Quotes {
  #before = NEWLINE;
  #isOpen = false;
  /** Whether this field began with a quote. */
  #isQuoted = false;

  /** Whether a quoted field is open behind the next byte. */
  isOpenAfter(byte: number): boolean {
    const isStart = !this.#isOpen && (this.#before === COMMA || this.#before === NEWLINE);
    if (isStart) this.#isQuoted = byte === QUOTE;
    if (byte === QUOTE && this.#isQuoted) {
      const isAgain = this.#before === QUOTE || isStart || this.#isOpen;
      if (isAgain) this.#isOpen = !this.#isOpen;
    }
    this.#before = byte;
    return this.#isOpen;
  }
}

function isBlank(record: Buffer): boolean {
  return record.length <= 2 && record.toString().trim() === "";
}

function withEnd(record: Uint8Array): Uint8Array {
  return record.at(-1) === NEWLINE ? record : Buffer.concat([record, Buffer.from("\n")]);
}
