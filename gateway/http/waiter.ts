import { Every, type Service } from "../../shared/service.ts";
import { Alarms } from "./alarms.ts";
import type { HangUp } from "./hang-up.ts";

/** How one of those that wait looks at what it waits for. */
export interface WaitOptions<T, W> {
  /** `wait` also asks to be told. */
  readonly read: (mode: "read" | "wait") => Promise<T>;
  /** What came with a word, as an answer; absent where words bring nothing. */
  readonly answer?: (word: W) => T;
  readonly waitMs: number;
  /** True for the POST that made the job: accept has noted that this gateway waits. */
  readonly isCreator: boolean;
  readonly signal: HangUp;
}

/** There is something to look at, and nothing is known of it. */
export const LOOK = "look";

/** Between two sweeps over all that wait, in ms, and up to as much again: gateways differ. */
const SWEEP_MS = 1000;

/**
 * Waiting POSTs and long-polls, by a name under which words of what they wait for come. A word makes an answer
 * quick, and may say all that it takes. What makes it right: listening begins before the first look, and
 * there is another look after each word that is not enough by itself, after each reconnect, and in a sweep
 * every one to two seconds.
 *
 * @typeParam T what is waited for, as it is read
 * @typeParam N what comes under a name
 */
export class Waiter<T, N = undefined> implements Service {
  readonly name = "waiter";
  /** Nothing is to be waited for. */
  readonly #isSettled: (found: T) => boolean;
  readonly #watches = new Map<string, Set<Watch<unknown, N>>>();
  readonly #alarms = new Alarms();
  readonly #sweeps = new Every(SWEEP_MS * (1 + Math.random()), () => this.wakeAll());
  readonly start = this.#sweeps.start;
  #isDraining = false;
  #size = 0;

  constructor(isSettled: (found: T) => boolean) {
    this.#isSettled = isSettled;
  }

  /** How many wait now. */
  get size(): number {
    return this.#size;
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

  /**
   * Begins to listen for reasons to look. Must be closed.
   *
   * @param concerns whether news is one
   */
  watch(name: string, concerns: (news: N) => boolean = () => true): Watch<never, N> {
    return this.listen<never>(name, (news) => (concerns(news) ? LOOK : undefined));
  }

  /**
   * Begins to listen. Must be closed.
   *
   * @param wordOf what the news says here: a word that is enough for an answer, `look` when there is
   *   something to look at, undefined when the wait goes on
   */
  listen<W>(name: string, wordOf: (news: N) => W | typeof LOOK | undefined): Watch<W, N> {
    const watch = new Watch<W, N>(wordOf, this.#alarms, () => this.#forget(name, watch));
    this.#size += 1;
    const watches = this.#watches.get(name);
    if (watches === undefined) this.#watches.set(name, new Set([watch]));
    else watches.add(watch);
    return watch;
  }

  /**
   * While there is no looking the wait goes on: Redis may be back before its end.
   *
   * @returns what is there once it or the wait has ended
   * @throws {ScoringError} `service_unavailable` when it could not be read to the last
   */
  async wait<W>(watch: Watch<W, N>, options: WaitOptions<T, W>): Promise<T> {
    const { read, answer, waitMs, isCreator, signal } = options;
    const untilMs = performance.now() + waitMs;
    const mayWait = waitMs > 0 && !this.#isDraining;
    if (!mayWait || !isCreator) {
      const found = await read(mayWait ? "wait" : "read");
      if (!mayWait || this.#isSettled(found)) return found;
    }
    watch.heed(signal);
    while (true) {
      await watch.hint(untilMs);
      if (watch.word !== undefined && answer !== undefined) return answer(watch.word);
      const isOver = performance.now() >= untilMs || signal.aborted || this.#isDraining;
      try {
        const found = await read("read");
        if (isOver || this.#isSettled(found)) return found;
      } catch (error) {
        if (isOver) throw error;
      }
    }
  }

  /** Waits for what is there already: a long-poll. */
  async follow(
    name: string,
    options: Pick<WaitOptions<T, never>, "read" | "waitMs" | "signal">,
  ): Promise<T> {
    const watch = this.watch(name);
    try {
      return await this.wait(watch, { ...options, isCreator: false });
    } finally {
      watch.close();
    }
  }

  /** There is something to look at. */
  wake(name: string): void {
    for (const watch of this.#watches.get(name) ?? []) watch.wake();
  }

  /** There is news that may be enough. */
  tell(name: string, news: N): void {
    for (const watch of this.#watches.get(name) ?? []) watch.tell(news);
  }

  wakeAll(): void {
    for (const name of this.#watches.keys()) this.wake(name);
  }

  #forget(name: string, watch: Watch<unknown, N>): void {
    const watches = this.#watches.get(name);
    if (watches?.delete(watch) === true) this.#size -= 1;
    if (watches?.size === 0) this.#watches.delete(name);
  }
}

/** Who listens. What comes while nobody awaits it is kept. */
export class Watch<out W = never, in N = undefined> {
  readonly #wordOf: (news: N) => W | typeof LOOK | undefined;
  readonly #alarms: Alarms;
  readonly #onClose: () => void;
  /** What came while nobody awaited it. */
  #isHinted = false;
  /** Wakes whoever awaits the next hint. */
  #resume: (() => void) | undefined;
  #alarm = 0;
  #word: W | undefined;

  constructor(
    wordOf: (news: N) => W | typeof LOOK | undefined,
    alarms: Alarms,
    onClose: () => void,
  ) {
    this.#wordOf = wordOf;
    this.#alarms = alarms;
    this.#onClose = onClose;
  }

  /** The last that was told. */
  get word(): W | undefined {
    return this.#word;
  }

  wake(): void {
    if (this.#resume === undefined) {
      this.#isHinted = true;
      return;
    }
    this.#alarms.clear(this, this.#alarm);
    this.#resume();
    this.#resume = undefined;
  }

  tell(news: N): void {
    const word = this.#wordOf(news);
    if (word === undefined) return;
    if (word !== LOOK) this.#word = word;
    this.wake();
  }

  /** That the client goes away is a hint, too. */
  heed(signal: HangUp): void {
    if (signal.aborted) this.wake();
    else signal.addEventListener("abort", () => this.wake());
  }

  /** Returns at the next hint, or at `untilMs`, by `performance.now()`. */
  async hint(untilMs: number): Promise<void> {
    if (!this.#isHinted) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#resume = resolve;
      this.#alarm = this.#alarms.set(this, untilMs);
      await promise;
    }
    this.#isHinted = false;
  }

  close(): void {
    this.#onClose();
  }
}
