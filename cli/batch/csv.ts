import { CsvRecords, type CsvRecord } from "../../gateway/batches/upload/csv-records.ts";
import { linesOf } from "../../gateway/batches/upload/lines.ts";
import { CommandError } from "../terminal/command.ts";
import type { SentItem, Source, SourceFile } from "./sent-item.ts";

const NEWLINE = Buffer.from("\n");

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
    preamble: header.bytes,
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

/** Records with their ends, those of one piece of the file at a time; the last one also when it is open. */
export async function* recordsOf(
  file: AsyncIterable<Uint8Array>,
): AsyncGenerator<readonly SentItem[]> {
  const records = new CsvRecords(Infinity);
  let number = 0;
  for await (const lines of linesOf(file, Infinity, "raw")) {
    const some = lines.flatMap((line) => records.add(line) ?? []);
    if (some.length > 0) yield some.map(sentItem);
    number = lines.at(-1)?.number ?? number;
  }
  const line = records.openLine;
  if (line !== 0) yield [sentItem({ line, lines: number - line + 1, bytes: records.close() })];
}

function sentItem({ bytes, line, lines }: Omit<CsvRecord, "fields">): SentItem {
  return { bytes: Buffer.concat([bytes, NEWLINE]), number: line, lines };
}
