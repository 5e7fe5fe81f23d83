/** What ends a page of results; without it, the page broke off. The command line goes by the same. */

/** How the line begins that ends a page of NDJSON. */
export const END_MARK = '{"end":';

/** The end of a page of CSV: that of its last record, and an empty line. */
export const CSV_END = "\r\n\r\n";

/** Longer than the field that holds a cursor, with what stands around it, in characters. */
export const CURSOR_LENGTH = 64;

/**
 * The last field of each record of CSV: where to go on behind it.
 *
 * @param records of which the last is looked at, with or without the end of its line
 */
export function cursorIn(records: string): string | undefined {
  return /,([ic]\d+\.\d+)\r?\n?$/.exec(records.slice(-CURSOR_LENGTH))?.[1];
}

/** How many records of CSV there are: ends of lines in quotes are no ends of records. */
export function recordsIn(records: string): number {
  return records.match(/,[ic]\d+\.\d+\r\n/g)?.length ?? 0;
}
