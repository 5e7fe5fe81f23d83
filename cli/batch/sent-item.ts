/** One item as it is sent. */
export interface SentItem {
  /** With its end of line. */
  readonly bytes: Uint8Array;
  /** Where it is, from 1: a line of the file, an element of the list, a file of the folder. */
  readonly number: number;
  /** Lines that it takes in a request; a record of a table may hold ends of lines. */
  readonly lines: number;
}

/** What a file or a folder says about its batch, and its items. */
export interface Source {
  readonly mediaType: string;
  /** What stands before the items in each request, if anything does: the header of a table. */
  readonly preamble?: Uint8Array;
  /** JSON of the `batch` of a first line, when there is one. */
  readonly head?: Readonly<Record<string, unknown>> | undefined;
  /** Of all items, as far as that is known before they are read. */
  readonly size: { readonly items?: number; readonly bytes?: number };
  /** Some at a time: a promise for each of a million would cost more than reading it. */
  readonly items: AsyncIterable<readonly SentItem[]>;
  /** Where an item stands, for a person. */
  place(number: number): string;
}

/** How a source is opened. */
export interface SourceOptions {
  /** Lines and elements are inputs, not items. */
  readonly areInputs: boolean;
}

/** A file, and what comes out of it. */
export interface SourceFile {
  /** For messages. */
  readonly name: string;
  readonly bytes: AsyncIterable<Uint8Array>;
  /** Undefined for standard input. */
  readonly size: number | undefined;
}

const NEWLINE = Buffer.from("\n");

/** An item of a line of JSON. @param text without its end of line */
export function jsonItem(text: Uint8Array, number: number, { areInputs }: SourceOptions): SentItem {
  const parts = areInputs ? [Buffer.from('{"input":'), text, Buffer.from("}\n")] : [text, NEWLINE];
  return { bytes: Buffer.concat(parts), number, lines: 1 };
}
