import { UnreachableError, type Gateway } from "../http/gateway.ts";
import { batchPath } from "./batch.ts";
import type { LineSink } from "./line-sink.ts";
import { pageParts, RESULT_TYPES, type PagePart, type ResultForm } from "./result-pages.ts";
import { retrying } from "./retrying.ts";

/** Lines of a page: what has to be read again when one breaks off. */
const PAGE_LINES = 10_000;
const PAGE_MS = 300_000;

/** Which results, in which order. */
export interface ResultsWanted {
  readonly id: string;
  readonly order: string;
  readonly status: string | undefined;
  readonly form: ResultForm;
}

export interface ReadingResults {
  readonly gateway: Gateway;
  readonly sink: LineSink;
}

/** Copies the results of a batch, line by line, and remembers how far it got. */
export class ResultsReader {
  readonly #wanted: ResultsWanted;
  readonly #reading: ReadingResults;
  #cursor: string | undefined;
  #isAtEnd = false;
  #hasHeader = false;
  #count = 0;

  constructor(wanted: ResultsWanted, reading: ReadingResults) {
    this.#wanted = wanted;
    this.#reading = reading;
  }

  /** Whether the batch has ended and all of its results were copied. */
  get isAtEnd(): boolean {
    return this.#isAtEnd;
  }

  /** Nobody reads them any more. @throws {CommandError} when they cannot be written */
  get isLeft(): boolean {
    return this.#reading.sink.isLeft;
  }

  /** Results that were copied. */
  get count(): number {
    return this.#count;
  }

  /** Asks for nothing, to be told what cannot be had. @throws {RefusedError} when the model has no CSV */
  async probe(): Promise<void> {
    if (this.#wanted.form !== "csv") return;
    for await (const _ of this.#parts("csv", 1));
  }

  /** Copies what is there now. @throws {CommandError} when it breaks off again and again */
  async copy(): Promise<void> {
    const isOver = (): boolean => this.#isAtEnd || this.#reading.sink.isLeft;
    while (!isOver() && (await this.#page()) > 0);
    await this.#reading.sink.flush();
  }

  /** A page that breaks off is asked for again from where it began; lines that came are left out. */
  async #page(): Promise<number> {
    let came = 0;
    return retrying(async () => {
      let seen = 0;
      const { sink } = this.#reading;
      for await (const part of this.#parts(this.#wanted.form, PAGE_LINES)) {
        if (part.kind === "end") {
          await this.#turn(part.next);
          return came;
        }
        if (part.kind === "header") this.#addHeader(part.line);
        else {
          for (const line of part.lines.slice(Math.max(0, came - seen))) {
            sink.add(line);
            this.#count += 1;
          }
          seen += part.lines.length;
          came = Math.max(came, seen);
        }
        await sink.flush();
        if (sink.isLeft) return came;
      }
      throw brokeOff();
    }, this.#reading.gateway.signal);
  }

  #addHeader(line: Uint8Array): void {
    if (!this.#hasHeader) this.#reading.sink.add(line);
    this.#hasHeader = true;
  }

  /** @param next undefined: CSV does not say whether there will be more, but lines do */
  async #turn(next: string | null | undefined): Promise<void> {
    if (next !== undefined) {
      this.#isAtEnd = next === null;
      this.#cursor = next ?? this.#cursor;
      return;
    }
    let lines = 0;
    for await (const part of this.#parts("ndjson", 1)) {
      if (part.kind === "lines") lines += part.lines.length;
      if (part.kind === "end") this.#isAtEnd = lines === 0 && part.next === null;
    }
  }

  async *#parts(form: ResultForm, limit: number): AsyncGenerator<PagePart> {
    const { id, order, status } = this.#wanted;
    const query = new URLSearchParams({ order, limit: String(limit) });
    if (status !== undefined) query.set("status", status);
    if (this.#cursor !== undefined) query.set("after", this.#cursor);
    const path = batchPath(id, `/results?${query.toString()}`);
    const headers = { accept: RESULT_TYPES[form] };
    const response = await this.#reading.gateway.send({ path, headers, answerMs: PAGE_MS });
    try {
      yield* pageParts(form, response.body ?? ReadableStream.from([]));
    } catch (cause) {
      throw brokeOff(cause);
    }
  }
}

function brokeOff(cause?: unknown): UnreachableError {
  return new UnreachableError("the results broke off, again and again", { cause });
}
