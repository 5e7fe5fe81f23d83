import type { Problem } from "../../../../shared/error.ts";
import { lineReader, recordReader, type ReadLine } from "./lines.ts";
import { pieceEnd, type Most, type Position } from "./piece.ts";

/** What people have their items in. */
export type SourceKind = "csv" | "ndjson" | "photos";

/** What becomes a batch: a file, or the photos of a folder. */
export interface Source {
  readonly kind: SourceKind;
  /** Of the file or folder. */
  readonly name: string;
  readonly bytes: number;
  /** How many, where that is known before they are sent. */
  readonly items: number | undefined;
  /** What its first line says of the batch; undefined when it says nothing. */
  readonly head: Readonly<Record<string, unknown>> | undefined;
  readonly start: Position;
  /** @returns undefined when nothing is left */
  partAt(from: Position, most: Most): Promise<Part | undefined>;
}

/** Items that are sent with one request. */
export interface Part {
  readonly end: Position;
  /** Undefined for a form, whose type the browser says. */
  readonly type: string | undefined;
  readonly body: () => BodyInit;
  /** Where in the source a problem of this request is; undefined when it is nowhere in it. */
  readonly place: (problem: Problem) => Place | undefined;
}

export interface Place {
  /** `Line 12 of wines.csv` */
  readonly text: string;
  /** It is an item, without which the others may pass. */
  readonly isItem: boolean;
}

const START: Position = { byte: 0, line: 0, item: 0 };

/** A file of CSV, after its header. @throws {Error} when it has none */
export async function csvSource(file: Blob, name: string): Promise<Source> {
  const reads = (): ReadLine => recordReader({ isMarked: true });
  const end = await pieceEnd(file, START, { bytes: FIRST_BYTES, items: 1 }, reads);
  if (end.item === 0) throw new Error(`${name} is empty; it needs a header.`);
  const header = { blob: file.slice(0, end.byte), lines: end.line };
  const start = { ...end, item: 0 };
  return textSource({
    file,
    name,
    kind: "csv",
    type: "text/csv",
    reads: recordReader,
    header,
    start,
  });
}

/** A file of lines of JSON. */
export async function lineSource(file: Blob, name: string): Promise<Source> {
  const type = "application/x-ndjson";
  const text = { file, name, kind: "ndjson", type, reads: lineReader, start: START } as const;
  const end = await pieceEnd(file, START, { bytes: FIRST_BYTES, items: 1 }, lineReader);
  const head = headIn(await file.slice(0, end.byte).text());
  return textSource(head === undefined ? text : { ...text, head, start: { ...end, item: 0 } });
}

/** Enough for a first line, mostly. */
const FIRST_BYTES = 65_536;

interface TextSource {
  readonly file: Blob;
  readonly name: string;
  readonly kind: SourceKind;
  readonly type: string;
  readonly reads: () => ReadLine;
  readonly start: Position;
  readonly head?: Readonly<Record<string, unknown>>;
  /** Stands before the items of each request. */
  readonly header?: { readonly blob: Blob; readonly lines: number };
}

function textSource({ file, name, kind, type, reads, start, head, header }: TextSource): Source {
  return {
    kind,
    name,
    bytes: file.size,
    items: undefined,
    head,
    start,
    partAt: async (from, most) => {
      const end = await pieceEnd(file, from, most, reads);
      if (end.item === from.item) return undefined;
      const items = file.slice(from.byte, end.byte);
      const headLines = header?.lines ?? 0;
      return {
        end,
        type,
        body: () => (header === undefined ? items : new Blob([header.blob, items])),
        place: ({ line }) => {
          if (typeof line !== "number") return undefined;
          const isItem = line > headLines;
          const number = isItem ? line - headLines + from.line : line;
          return { text: `Line ${number} of ${name}`, isItem };
        },
      };
    },
  };
}

function headIn(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value !== "object" || value === null || !("batch" in value)) return undefined;
    const { batch } = value;
    return typeof batch === "object" && batch !== null ? { ...batch } : undefined;
  } catch {
    return undefined;
  }
}
