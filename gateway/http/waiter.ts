import { Every, type Service } from "../../shared/service.ts";

/** How one of those that wait looks at what it waits for. */
export interface WaitOptions<T, W> {
  /** `wait` also asks to be told. */
  readonly read: (mode: "read" | "wait") => Promise<T>;
  /** What came with a word, as an answer; absent where words bring nothing. */
  readonly answer?: (word: W) => T;
  readonly waitMs: number;
  /** True for the POST that made the job: accept has noted that this gateway waits. */
  readonly isCreator: boolean;
  /** Aborts when the client goes away. */
  readonly signal: AbortSignal;
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
  readonly #listeners = new Map<string, Set<Listener<N>>>();
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
  watch(name: string, concerns: (news: N) => boolean = () => true): Watch {
    return this.listen<never>(name, (news) => (concerns(news) ? LOOK : undefined));
  }

  /**
   * Begins to listen. Must be closed.
   *
   * @param wordOf what the news says here: a word that is enough for an answer, `look` when there is
   *   something to look at, undefined when the wait goes on
   */
  listen<W>(name: string, wordOf: (news: N) => W | typeof LOOK | undefined): Watch<W> {
    const watch = new Watch<W>(() => this.#forget(name, listener));
    const listener: Listener<N> = {
      wake: () => watch.wake(),
      tell: (news) => {
        const word = wordOf(news);
        if (word === LOOK) watch.wake();
        else if (word !== undefined) watch.tell(word);
      },
    };
    this.#size += 1;
    const listeners = this.#listeners.get(name);
    if (listeners === undefined) this.#listeners.set(name, new Set([listener]));
    else listeners.add(listener);
    return watch;
  }

  /**
   * While there is no looking the wait goes on: Redis may be back before its end.
   *
   * @returns what is there once it or the wait has ended
   * @throws {ScoringError} `service_unavailable` when it could not be read to the last
   */
  async wait<W>(watch: Watch<W>, options: WaitOptions<T, W>): Promise<T> {
    const { read, answer, waitMs, isCreator, signal } = options;
    const untilMs = performance.now() + waitMs;
    const mayWait = waitMs > 0 && !this.#isDraining;
    if (!mayWait || !isCreator) {
      const found = await read(mayWait ? "wait" : "read");
      if (!mayWait || this.#isSettled(found)) return found;
    }
    while (true) {
      await watch.hint(untilMs - performance.now(), signal);
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
    for (const listener of this.#listeners.get(name) ?? []) listener.wake();
  }

  /** There is news that may be enough. */
  tell(name: string, news: N): void {
    for (const listener of this.#listeners.get(name) ?? []) listener.tell(news);
  }

  wakeAll(): void {
    for (const name of this.#listeners.keys()) this.wake(name);
  }

  #forget(name: string, listener: Listener<N>): void {
    const listeners = this.#listeners.get(name);
    if (listeners?.delete(listener) === true) this.#size -= 1;
    if (listeners?.size === 0) this.#listeners.delete(name);
  }
}

interface Listener<N> {
  readonly wake: () => void;
  readonly tell: (news: N) => void;
}

/** Who listens. What comes while nobody awaits it is kept. */
export class Watch<W = never> {
  readonly #onClose: () => void;
  #hinted = Promise.withResolvers<void>();
  #word: W | undefined;

  constructor(onClose: () => void) {
    this.#onClose = onClose;
  }

  /** The last that was told. */
  get word(): W | undefined {
    return this.#word;
  }

  wake(): void {
    this.#hinted.resolve();
  }

  tell(word: W): void {
    this.#word = word;
    this.wake();
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
