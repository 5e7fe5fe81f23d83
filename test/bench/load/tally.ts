import type { Answer } from "./connection.ts";
import type { LoadResult } from "./load.ts";

const EXAMPLES_MAX = 5;

/** Counts answers, and times those that belong to the window. */
export class Tally {
  readonly #startMs: number;
  readonly #endMs: number;
  readonly #times: number[] = [];
  readonly #examples: string[] = [];
  #answers = 0;
  #inWindow = 0;
  #wrong = 0;
  #refused = 0;
  #lost = 0;

  /** @param startMs of the window, by `performance.now()` */
  constructor(startMs: number, windowMs: number) {
    this.#startMs = startMs;
    this.#endMs = startMs + windowMs;
  }

  get endMs(): number {
    return this.#endMs;
  }

  get isOver(): boolean {
    return performance.now() >= this.#endMs;
  }

  /** @param atMs by which it belongs to the window, or does not: its end, or when it was planned */
  right(tookMs: number, atMs: number): void {
    this.#answers += 1;
    if (atMs < this.#startMs || atMs >= this.#endMs) return;
    this.#inWindow += 1;
    this.#times.push(tookMs);
  }

  /** Of an answer that is not the right one. */
  notRight({ status, body }: Answer): void {
    if (status === 429 || status >= 500) this.#refused += 1;
    else this.#wrong += 1;
    this.#keep(`${status} ${body.slice(0, 500)}`);
  }

  /** @param tookMs so long was it waited for, where that counts */
  lost(what: string, tookMs?: number): void {
    this.#lost += 1;
    if (tookMs !== undefined) this.#times.push(tookMs);
    this.#keep(what);
  }

  /** @param more what only the loop knows */
  result({ lateMs = 0, submitted = [] }: Partial<LoadResult> = {}): LoadResult {
    const times = Float64Array.from(this.#times).toSorted();
    return {
      rate: (this.#inWindow * 1000) / (this.#endMs - this.#startMs),
      p50Ms: times[Math.floor(times.length * 0.5)] ?? Number.NaN,
      p99Ms: times[Math.floor(times.length * 0.99)] ?? Number.NaN,
      lateMs,
      answers: this.#answers,
      wrong: this.#wrong,
      refused: this.#refused,
      lost: this.#lost,
      examples: this.#examples,
      submitted,
    };
  }

  #keep(example: string): void {
    if (this.#examples.length < EXAMPLES_MAX) this.#examples.push(example);
  }
}
