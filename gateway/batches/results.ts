import { lineHead } from "../../shared/batch/lines.ts";
import type { BatchView } from "../../shared/batch/fields.ts";
import { hasEnded } from "../../shared/batch/record.ts";
import type { TerminalStatus } from "../../shared/job/view.ts";
import { readEnded, type EndedChunk } from "../../shared/batch/chunk-results.ts";
import type { BatchStore } from "./batch-store.ts";

export interface ResultQuery {
  /** `index`: as they were sent, up to the first that has not ended; `completion`: as they ended. */
  readonly order: "index" | "completion";
  readonly status: TerminalStatus | undefined;
  readonly limit: number;
  readonly from: ResultCursor;
}

/**
 * Where results go on. By index: the number of a chunk; by completion: the sequence of the last
 * chunk that is done with. And how many lines of the chunk that comes then are done with too.
 */
export interface ResultCursor {
  readonly chunk: number;
  readonly line: number;
}

/** About as many lines are read at a time, and one chunk at least. */
const LINES_A_READ = 1000;

/** Some results, in their order, or their end. */
export type ResultPart =
  | { readonly kind: "lines"; readonly lines: readonly LineWithCursor[] }
  /**
   * `next` is where to go on; undefined when the batch has ended and nothing is left. `isCut`: it had
   * ended, and is not there any more as it was.
   */
  | { readonly kind: "end"; readonly next: string | undefined; readonly isCut: boolean };

export interface LineWithCursor {
  /** A line as `resultLine` made it. */
  readonly line: string;
  /** The cursor after it. */
  readonly next: ResultCursor;
}

/** Results, some at a time, and at last their end. */
export async function* resultParts(
  batch: BatchView,
  query: ResultQuery,
  store: BatchStore,
): AsyncGenerator<ResultPart> {
  let left = query.limit;
  let { chunk, line } = query.from;
  while (true) {
    const read = await readSome(batch, query.order, chunk, store);
    if (read.length === 0) break;
    for (const { lines, next } of read) {
      const taken = take(lines, { chunk, line }, query.status, left);
      if (taken.lines.length > 0) yield { kind: "lines", lines: taken.lines };
      left -= taken.lines.length;
      if (taken.looked < lines.length) {
        const cursor = cursorText(query.order, { chunk, line: taken.looked });
        yield { kind: "end", next: cursor, isCut: false };
        return;
      }
      [chunk, line] = [next, 0];
    }
  }
  const isLast = await isOver(batch, store);
  const next = isLast ? undefined : cursorText(query.order, { chunk, line });
  yield { kind: "end", next, isCut: !isLast && hasEnded(batch.status) };
}

/**
 * Results as lines of JSON, and at last `{"end":true,"next":…}`: without it, what was received is
 * cut off. `next` is null when the batch has ended and nothing is left, else the cursor to go on.
 */
export async function* resultText(parts: AsyncIterable<ResultPart>): AsyncGenerator<string> {
  for await (const part of parts) {
    if (part.kind === "lines") yield part.lines.map(({ line }) => line).join("");
    else yield `${JSON.stringify({ end: true, next: part.next ?? null })}\n`;
  }
}

/** Had it ended, and is it still there as it was? Else more is to come, or has gone meanwhile. */
async function isOver(batch: BatchView, store: BatchStore): Promise<boolean> {
  if (!hasEnded(batch.status)) return false;
  const now = await store.read(batch.id);
  return typeof now === "object" && now.attempt === batch.attempt;
}

interface ReadChunk {
  readonly lines: readonly string[];
  /** The cursor after it. */
  readonly next: number;
}

/** The next chunks that have ended, none when there are none (yet). */
async function readSome(
  { id, chunks, counts }: BatchView,
  order: ResultQuery["order"],
  from: number,
  store: BatchStore,
): Promise<readonly ReadChunk[]> {
  const chunksARead = Math.max(1, Math.round((LINES_A_READ * chunks) / Math.max(1, counts.total)));
  const ended =
    order === "completion"
      ? await store.ask(readEnded, id, from, chunksARead)
      : range(from, Math.min(from + chunksARead, chunks));
  const numbers = ended.map(({ number }) => number);
  const results = await store.results(id, numbers);
  const read: ReadChunk[] = [];
  for (const [i, { lines }] of results.entries()) {
    if (lines === undefined) break;
    read.push({ lines, next: ended[i]?.sequence ?? 0 });
  }
  return read;
}

/** As if each had ended in its turn. */
function range(from: number, to: number): readonly EndedChunk[] {
  return Array.from({ length: Math.max(0, to - from) }, (_, i) => ({
    number: from + i,
    sequence: from + i + 1,
  }));
}

/** Lines of the status from a cursor in their chunk on, as many as are left to take. */
function take(
  lines: readonly string[],
  { chunk, line: from }: ResultCursor,
  status: TerminalStatus | undefined,
  most: number,
): { readonly lines: readonly LineWithCursor[]; readonly looked: number } {
  const taken: LineWithCursor[] = [];
  let looked = from;
  for (const line of lines.slice(from)) {
    if (taken.length === most) break;
    looked += 1;
    if (status !== undefined && lineHead(line).status !== status) continue;
    taken.push({ line, next: { chunk, line: looked } });
  }
  return { lines: taken, looked };
}

const LETTERS = { index: "i", completion: "c" } as const;

export function cursorText(order: ResultQuery["order"], { chunk, line }: ResultCursor): string {
  return `${LETTERS[order]}${chunk}.${line}`;
}

/** @returns undefined when it is no cursor of this order */
export function parseCursor(order: ResultQuery["order"], cursor: string): ResultCursor | undefined {
  const [, letter, chunk, line] = /^([ic])(\d{1,15})\.(\d{1,9})$/.exec(cursor) ?? [];
  return letter === LETTERS[order] ? { chunk: Number(chunk), line: Number(line) } : undefined;
}
