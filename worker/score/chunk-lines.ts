import { z } from "zod";
import { isBad, type BatchItem, type RowItem } from "../../shared/batch/items.ts";
import { metricsText, resultLine, succeededLines, toldOf } from "../../shared/batch/lines.ts";
import { errorCodes, ScoringError } from "../../shared/error.ts";
import { failure, type Outcome } from "../../shared/job/outcome.ts";
import type { ReadChunk } from "../../shared/batch/chunks.ts";

/**
 * UTF-16 units of all lines of a chunk together: one string holds them, and so does one value in
 * Redis, which may have 512 MiB.
 */
const LENGTH_MAX = 128 * 1024 * 1024;

type Chunk = Pick<
  ReadChunk,
  "firstIndex" | "count" | "items" | "earlier" | "isExhausted" | "exclusiveRuns" | "batchAttempt"
>;

/** How an item ended, without its line. */
export type ItemEnd = Pick<Outcome, "status" | "code">;

/** An item that is to be run. */
export interface OpenItem {
  /** In its chunk, from 0. */
  readonly offset: number;
  readonly item: RowItem;
}

/**
 * What becomes of the items of a chunk, a line each. What succeeded in an earlier attempt is done;
 * what could not be read, is lost, or lost its workers too often fails without a run.
 */
export class ChunkLines {
  /** What is left to be run at the start. */
  readonly open: readonly OpenItem[];
  readonly #ends = new Map<string, { readonly end: ItemEnd; count: number }>();
  readonly #firstIndex: number;
  readonly #attempt: number;
  readonly #items: readonly (BatchItem | undefined)[];
  readonly #lines: (string | undefined)[];
  readonly #lengthMax: number;
  #length = 0;
  #left: number;
  #succeeded = 0;
  /** Of the last line: items of one run have the same. */
  #metrics: { readonly of: Outcome["metrics"]; readonly text: string } | undefined;

  constructor(chunk: Chunk, lengthMax = LENGTH_MAX) {
    const { firstIndex, count, items, isExhausted } = chunk;
    const kept = succeededLines(chunk.earlier);
    const open: OpenItem[] = [];
    this.#firstIndex = firstIndex;
    this.#attempt = chunk.batchAttempt;
    this.#items = Array.from({ length: count }, (_, offset) => items?.[offset]);
    this.#lines = this.#items.map(() => undefined);
    this.#lengthMax = lengthMax;
    this.#left = count;
    for (const [offset, item] of this.#items.entries()) {
      const line = kept.get(firstIndex + offset);
      if (line !== undefined) this.#write(offset, line, "succeeded");
      else if (item === undefined) this.end(offset, LOST);
      else if (isBad(item)) this.end(offset, refusal(item.problem));
      else if (isExhausted) this.end(offset, EXHAUSTED);
      else open.push({ offset, item });
    }
    this.open = open;
  }

  /** True when every item has ended. */
  get isComplete(): boolean {
    return this.#left === 0;
  }

  /** Items that succeeded so far, earlier attempts included. */
  get succeeded(): number {
    return this.#succeeded;
  }

  /** How the items of this attempt ended, and how many in which way. */
  get ends(): readonly { readonly end: ItemEnd; readonly count: number }[] {
    return [...this.#ends.values()];
  }

  /** In the order of the items. */
  get text(): string {
    return this.#lines.join("");
  }

  /** Ends an item; the first end counts. One too many for the chunk fails as too large. */
  end(offset: number, outcome: Outcome): void {
    const line = this.#lineOf(offset, outcome);
    if (outcome.status === "succeeded" && this.#length + line.length > this.#lengthMax) {
      this.#note(offset, this.#lineOf(offset, TOO_LARGE), TOO_LARGE);
    } else {
      this.#note(offset, line, outcome);
    }
  }

  #lineOf(offset: number, outcome: Outcome): string {
    const index = this.#firstIndex + offset;
    const position = { index, attempt: this.#attempt, ...toldOf(this.#items[offset]) };
    return resultLine(position, outcome, this.#textOf(outcome));
  }

  #textOf({ metrics }: Outcome): string {
    if (this.#metrics?.of !== metrics || this.#metrics === undefined) {
      this.#metrics = { of: metrics, text: metricsText(metrics) };
    }
    return this.#metrics.text;
  }

  #note(offset: number, line: string, { status, code }: Outcome): void {
    if (this.#lines[offset] !== undefined) return;
    const way = `${status} ${code}`;
    const known = this.#ends.get(way);
    if (known !== undefined) known.count += 1;
    else this.#ends.set(way, { end: code === undefined ? { status } : { status, code }, count: 1 });
    this.#write(offset, line, status);
  }

  #write(offset: number, line: string, status: Outcome["status"]): void {
    this.#lines[offset] = line;
    this.#length += line.length;
    this.#left -= 1;
    if (status === "succeeded") this.#succeeded += 1;
  }
}

/** A newer gateway may know codes that this worker does not. */
const problemSchema = z.object({ code: z.enum(errorCodes) });

function refusal(problem: string): Outcome {
  const { data } = problemSchema.safeParse(JSON.parse(problem));
  return { status: "failed", body: problem, metrics: undefined, ...data };
}

const LOST = failure(new ScoringError("internal", "The item's input is lost."));
const EXHAUSTED = failure(
  new ScoringError("worker_lost", "The item's workers were lost, and its retries are used up."),
);
const TOO_LARGE = failure(
  new ScoringError("result_too_large", "The outputs of this item's chunk are too large together."),
);
