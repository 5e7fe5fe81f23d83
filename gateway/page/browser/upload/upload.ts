import type { BatchObject } from "../../../batches/batch-schema.ts";
import { browserNowMs } from "../app/clock.ts";
import { errorOf } from "../app/error-of.ts";
import { pause } from "../app/follow.ts";
import { Refused, type Gateway } from "../app/gateway.ts";
import { fewerBytes, nextBytes, PART_BYTES, pauseMs, TRIES_MAX, type Course } from "./course.ts";
import type { Position } from "./piece.ts";
import type { Part, Place, Source } from "./source.ts";

/** For a request beside what its bytes take, and bytes that a slow link carries in one ms. */
const REQUEST_MS = 60_000;
const BYTES_A_MS = 50;

export interface UploadOptions {
  readonly gateway: Gateway;
  /** Of an open batch. */
  readonly id: string;
  readonly source: Source;
  /** A bad item fails alone, and does not end the upload. */
  readonly isLenient: boolean;
}

/**
 * Fills an open batch, in requests of bounded size, and closes it. What the batch has is what the gateway
 * says: after a request that broke it goes on behind that, so that no item is lost or comes twice.
 *
 *     sending <-> waiting      the gateway is away, or has no room
 *     sending --> stopped      refused, given up, or left by somebody; `run` goes on
 *     sending --> done         closed: it is scored
 */
export class Upload {
  readonly id: string;
  readonly source: Source;
  readonly #gateway: Gateway;
  readonly #listeners = new Set<() => void>();
  #leaving = new AbortController();
  #isLenient: boolean;
  #course: Course = { is: "sending" };
  #at: Position;
  #partBytes: number = PART_BYTES.first;

  constructor({ gateway, id, source, isLenient }: UploadOptions) {
    this.id = id;
    this.source = source;
    this.#gateway = gateway;
    this.#isLenient = isLenient;
    this.#at = source.start;
  }

  get course(): Course {
    return this.#course;
  }

  /** What the gateway has of the source. */
  get sent(): Position {
    return this.#at;
  }

  /** Whether leaving the page would end it. */
  get isBusy(): boolean {
    return this.#course.is === "sending" || this.#course.is === "waiting";
  }

  /** @returns what ends the listening */
  listen(onChange: () => void): () => void {
    this.#listeners.add(onChange);
    return () => this.#listeners.delete(onChange);
  }

  /** Lets bad items fail alone from here on. */
  beLenient(): void {
    this.#isLenient = true;
  }

  /** Ends it where it is. */
  stop(): void {
    this.#leaving.abort();
  }

  /** Sends all that is left. Never throws: `course` says what came of it. */
  async run(): Promise<void> {
    this.stop();
    this.#leaving = new AbortController();
    const { signal } = this.#leaving;
    this.#turn({ is: "sending" });
    try {
      await this.#runUntil(signal);
      this.#turn({ is: "done" });
    } catch (error) {
      const place = placeOf(error);
      // What stands before it was taken.
      if (place !== undefined) await this.#find(signal).catch(() => undefined);
      // Another run may have begun since.
      if (signal === this.#leaving.signal) {
        this.#turn({ is: "stopped", why: errorOf(error), place });
      }
    }
  }

  async #runUntil(signal: AbortSignal): Promise<void> {
    let isFound = false;
    for (let failures = 0; ;) {
      try {
        if (!isFound) await this.#find(signal);
        isFound = true;
        const part = await this.source.partAt(this.#at, {
          bytes: this.#partBytes,
          items: Infinity,
        });
        if (part === undefined) return await this.#close(signal);
        await this.#send(part, signal);
        failures = 0;
      } catch (error) {
        failures += 1;
        if (signal.aborted || !isPassing(error) || failures > TRIES_MAX) throw error;
        await this.#wait(errorOf(error), failures, signal);
        isFound = false;
      }
    }
  }

  /** Goes to the first item that the batch does not have. */
  async #find(signal: AbortSignal): Promise<void> {
    const { received } = await this.#gateway.get<BatchObject>(`/v1/batches/${this.id}`, signal);
    if (received < this.#at.item) this.#at = this.source.start;
    while (this.#at.item < received) {
      const most = { bytes: PART_BYTES.most, items: received - this.#at.item };
      const part = await this.source.partAt(this.#at, most);
      if (part === undefined) throw tooFew(received, this.#at.item, this.source.name);
      this.#at = part.end;
    }
  }

  async #send(part: Part, signal: AbortSignal): Promise<void> {
    const bytes = part.end.byte - this.#at.byte;
    const startMs = performance.now();
    const headers = new Headers(this.#isLenient ? { prefer: "handling=lenient" } : {});
    if (part.type !== undefined) headers.set("content-type", part.type);
    const limit = AbortSignal.timeout(REQUEST_MS + bytes / BYTES_A_MS);
    const init = { method: "POST", headers, body: part.body() };
    const path = `/v1/batches/${this.id}/items?from=${this.#at.item}`;
    try {
      await this.#gateway.ask(path, { ...init, signal: AbortSignal.any([signal, limit]) });
    } catch (error) {
      throw error instanceof Refused ? new RefusedPart(error, part.place(error.problem)) : error;
    }
    this.#at = part.end;
    this.#partBytes = nextBytes(this.#partBytes, performance.now() - startMs);
    this.#turn({ is: "sending" });
  }

  async #close(signal: AbortSignal): Promise<void> {
    await this.#gateway.ask(`/v1/batches/${this.id}/close`, { method: "POST", signal });
  }

  async #wait(why: Error, failures: number, signal: AbortSignal): Promise<void> {
    this.#partBytes = fewerBytes(this.#partBytes);
    const ms = pauseMs(failures, Math.random());
    this.#turn({ is: "waiting", why, untilMs: browserNowMs() + ms });
    await pause(ms, signal);
    this.#turn({ is: "sending" });
  }

  #turn(course: Course): void {
    this.#course = course;
    for (const listener of this.#listeners) listener();
  }
}

/** A request was refused, and where in the source that is. */
class RefusedPart extends Refused {
  readonly place: Place | undefined;

  constructor({ problem }: Refused, place: Place | undefined) {
    // The place says the line of the file; the gateway knows that of the request.
    super({ ...problem, detail: problem.detail.replace(/^(?:Line \d+|File "[^"]*"): /, "") });
    this.place = place;
  }
}

function placeOf(error: unknown): Place | undefined {
  return error instanceof RefusedPart ? error.place : undefined;
}

/** Whether another try may go better: a connection that broke, or a gateway that asks for patience. */
function isPassing(error: unknown): boolean {
  if (error instanceof Refused) return error.problem.retryable;
  return error instanceof TypeError || (error instanceof Error && error.name === "TimeoutError");
}

function tooFew(received: number, here: number, name: string): Error {
  return new Error(
    `The batch has ${received} items already, and ${name} has ${here}: it is another file.`,
  );
}
