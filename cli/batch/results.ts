import { z } from "zod";
import { linesOf, type Line } from "../../gateway/batches/upload/lines.ts";
import { UnreachableError, type Gateway } from "../http/gateway.ts";
import { batchPath } from "./batch.ts";
import type { LineSink } from "./line-sink.ts";
import { retrying } from "./retrying.ts";

/** Lines of a page: what has to be read again when one breaks off. */
const PAGE_LINES = 10_000;
const PAGE_MS = 300_000;
const LINE_BYTES_MAX = 64 * 1024 * 1024;

/** Which results, in which order. */
export interface ResultsWanted {
  readonly id: string;
  readonly order: string;
  readonly status: string | undefined;
}

export interface ReadingResults {
  readonly gateway: Gateway;
  readonly sink: LineSink;
}

const endSchema = z.object({ end: z.literal(true), next: z.string().nullable() });
const END_MARK = Buffer.from('{"end":');

/** Copies the results of a batch, line by line, and remembers how far it got. */
export class ResultsReader {
  readonly #wanted: ResultsWanted;
  readonly #reading: ReadingResults;
  #cursor: string | undefined;
  #isAtEnd = false;
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

  /** Lines that were copied. */
  get count(): number {
    return this.#count;
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
      for await (const lines of this.#lines()) {
        for (const { bytes } of lines) {
          if (bytes.subarray(0, END_MARK.length).equals(END_MARK)) {
            this.#turn(endSchema.parse(JSON.parse(bytes.toString())).next);
            return came;
          }
          seen += 1;
          if (seen <= came) continue;
          sink.add(bytes);
          came = seen;
          this.#count += 1;
        }
        await sink.flush();
        if (sink.isLeft) return came;
      }
      throw new UnreachableError("the results broke off, again and again");
    }, this.#reading.gateway.signal);
  }

  #turn(next: string | null): void {
    this.#isAtEnd = next === null;
    if (next !== null) this.#cursor = next;
  }

  async *#lines(): AsyncGenerator<readonly Line[]> {
    const { id, order, status } = this.#wanted;
    const query = new URLSearchParams({ order, limit: String(PAGE_LINES) });
    if (status !== undefined) query.set("status", status);
    if (this.#cursor !== undefined) query.set("after", this.#cursor);
    const path = batchPath(id, `/results?${query.toString()}`);
    const response = await this.#reading.gateway.send({ path, answerMs: PAGE_MS });
    try {
      yield* linesOf(response.body ?? ReadableStream.from([]), LINE_BYTES_MAX);
    } catch (cause) {
      throw new UnreachableError("the results broke off, again and again", { cause });
    }
  }
}
