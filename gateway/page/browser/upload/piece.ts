import type { ReadLine } from "./lines.ts";

/** Where an upload stands in what it sends. */
export interface Position {
  readonly byte: number;
  /** Lines before it. */
  readonly line: number;
  /** Items before it. */
  readonly item: number;
}

/** How much of a file is wanted at once: at least one item, whatever it takes. */
export interface Most {
  readonly bytes: number;
  readonly items: number;
}

/** More than any line that the gateway takes. */
const WINDOW_BYTES_MAX = 64 * 2 ** 20;
const LINE_FEED = 0x0a;

/**
 * Where a piece of a file ends that holds whole items alone. Reads no more of the file than that.
 *
 * @param reads makes what looks at its lines
 * @returns the start when nothing is left
 * @throws {Error} when there is an item without an end; `NotReadableError` when the file has changed
 */
export async function pieceEnd(
  file: Blob,
  start: Position,
  most: Most,
  reads: () => ReadLine,
): Promise<Position> {
  let from = start;
  let windowBytes = most.bytes;
  while (from.byte < file.size) {
    const window = file.slice(from.byte, from.byte + windowBytes);
    const bytes = new Uint8Array(await window.arrayBuffer());
    const isLast = from.byte + bytes.length >= file.size;
    const end = scan(bytes, from, { itemsMax: most.items, isLast, read: reads() });
    if (end.item > from.item) return end;
    if (end.byte > from.byte) from = end;
    else if (windowBytes >= WINDOW_BYTES_MAX) throw endless(from.line);
    else windowBytes *= 2;
  }
  return from;
}

interface Scan {
  readonly itemsMax: number;
  /** Nothing comes behind these bytes. */
  readonly isLast: boolean;
  readonly read: ReadLine;
}

function scan(bytes: Uint8Array, from: Position, { itemsMax, isLast, read }: Scan): Position {
  let [end, line, start] = [from, from.line, 0];
  while (start < bytes.length && end.item - from.item < itemsMax) {
    const found = bytes.indexOf(LINE_FEED, start);
    if (found < 0 && !isLast) break;
    const stop = found < 0 ? bytes.length : found;
    const verdict = read(bytes.subarray(start, stop));
    start = Math.min(stop + 1, bytes.length);
    line += 1;
    // One that is open at the file's end is an item all the same: the gateway says what is wrong with it.
    const isOpen = verdict === "open" && !(isLast && start === bytes.length);
    if (isOpen) continue;
    const item = end.item + (verdict === "empty" ? 0 : 1);
    end = { byte: from.byte + start, line, item };
  }
  return end;
}

function endless(line: number): Error {
  const most = `${WINDOW_BYTES_MAX / 2 ** 20} MiB`;
  return new Error(`What begins in line ${line + 1} does not end within ${most}; is a quote open?`);
}
