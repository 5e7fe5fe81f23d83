import { Every, type Service } from "../../shared/service.ts";

/** What is waited for: jobs, or batches. */
export interface WaitSource<T> {
  /** `wait` also asks to be told; `take` is for the POST that made it. */
  readonly read: (id: string, mode: "read" | "wait" | "take") => Promise<T>;
  /** Nothing is to be waited for. */
  readonly isSettled: (found: T) => boolean;
}

export interface WaitOptions {
  readonly waitMs: number;
  /** True for the POST that made the job: accept has put this gateway on the record's list. */
  readonly isCreator: boolean;
  /** An ended job is taken along, and kept for minutes only. */
  readonly takes: boolean;
  /** Aborts when the client goes away. */
  readonly signal: AbortSignal;
}

/** Between two sweeps over all that wait, in ms, and up to as much again: gateways differ. */
const SWEEP_MS = 1000;

/**
 * Waiting POSTs and long-polls. The word that a job has ended is a hint, which makes an answer
 * quick. What makes it right: listening begins before the record is read, and the record is read
 * again after each hint, after each reconnect, and in a sweep every one to two seconds.
 */
export class Waiter<T> implements Service {
  readonly name = "waiter";
  readonly #source: WaitSource<T>;
  readonly #watches = new Map<string, Set<Watch>>();
  readonly #sweeps = new Every(SWEEP_MS * (1 + Math.random()), () => this.wakeAll());
  readonly start = this.#sweeps.start;
  #isDraining = false;

  constructor(source: WaitSource<T>) {
    this.#source = source;
  }

  /** How many are waited for now. */
  get size(): number {
    return this.#watches.size;
  }

  get isDraining(): boolean {
    return this.#isDraining;
  }

  /** Ends every wait: whoever waits is answered with what there is. */
  async stop(): Promise<void> {
    this.#isDraining = true;
    this.wakeAll();
    await this.#sweeps.stop();
  }

  /** Begins to listen for an end. Must be closed. */
  watch(id: string): Watch {
    const watch = new Watch(() => this.#forget(id, watch));
    const watches = this.#watches.get(id);
    if (watches === undefined) this.#watches.set(id, new Set([watch]));
    else watches.add(watch);
    return watch;
  }

  /**
   * While the record cannot be read the wait goes on: Redis may be back before its end.
   *
   * @returns what is there once it or the wait has ended
   * @throws {ScoringError} `service_unavailable` when the record could not be read to the last
   */
  async wait(id: string, watch: Watch, options: WaitOptions): Promise<T> {
    const { waitMs, isCreator, takes, signal } = options;
    const { read, isSettled } = this.#source;
    const untilMs = performance.now() + waitMs;
    const mayWait = waitMs > 0 && !this.#isDraining;
    if (!mayWait || !isCreator) {
      const job = await read(id, mayWait ? "wait" : "read");
      if (!mayWait || isSettled(job)) return job;
    }
    while (true) {
      await watch.hint(untilMs - performance.now(), signal);
      const isOver = performance.now() >= untilMs || signal.aborted || this.#isDraining;
      try {
        const job = await read(id, takes && !signal.aborted ? "take" : "read");
        if (isOver || isSettled(job)) return job;
      } catch (error) {
        if (isOver) throw error;
      }
    }
  }

  /** Waits for what is there already: a long-poll. */
  async follow(id: string, waitMs: number, signal: AbortSignal): Promise<T> {
    const watch = this.watch(id);
    try {
      return await this.wait(id, watch, { waitMs, isCreator: false, takes: false, signal });
    } finally {
      watch.close();
    }
  }

  wake(id: string): void {
    for (const watch of this.#watches.get(id) ?? []) watch.wake();
  }

  wakeAll(): void {
    for (const id of this.#watches.keys()) this.wake(id);
  }

  #forget(id: string, watch: Watch): void {
    const watches = this.#watches.get(id);
    watches?.delete(watch);
    if (watches?.size === 0) this.#watches.delete(id);
  }
}

/** One listener. A hint that comes while nobody awaits it is kept. */
export class Watch {
  readonly #onClose: () => void;
  #hinted = Promise.withResolvers<void>();

  constructor(onClose: () => void) {
    this.#onClose = onClose;
  }

  wake(): void {
    this.#hinted.resolve();
  }

  /** Returns at the next hint, after `forMs`, or when `signal` aborts. */
  async hint(forMs: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const wake = (): void => this.wake();
    const timer = setTimeout(wake, Math.max(0, forMs));
    signal.addEventListener("abort", wake, { once: true });
    await this.#hinted.promise;
    this.#hinted = Promise.withResolvers<void>();
    clearTimeout(timer);
    signal.removeEventListener("abort", wake);
  }

  close(): void {
    this.#onClose();
  }
}
