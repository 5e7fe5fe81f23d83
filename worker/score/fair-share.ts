/**
 * Divides session time between those who want it, by weight: whoever is furthest behind is next. Time
 * that nobody else wanted is not held against anybody, and none can be saved up: who comes back is as
 * far as the one that was next last (start-time fair queueing).
 */
export class FairShare<Key> {
  readonly #weightOf: (key: Key) => number;
  /** Session time by weight, in ms. */
  readonly #spent = new Map<Key, number>();
  /** What the last batch of each took, in ms: a guess at the next, until it has ended. */
  readonly #lastMs = new Map<Key, number>();
  #reached = 0;

  /** @param weightOf above 0; shares are in proportion to it */
  constructor(weightOf: (key: Key) => number) {
    this.#weightOf = weightOf;
  }

  /** Who is next; the earlier in the list where several are as far. */
  next(wanting: readonly Key[]): Key | undefined {
    let first: Key | undefined;
    let least = Infinity;
    for (const key of wanting) {
      const spent = this.#spentBy(key);
      if (spent < least) [first, least] = [key, spent];
    }
    return first;
  }

  /** Says that a batch begins. @returns to be told how long its slot was busy, in ms */
  begin(key: Key): (ms: number) => void {
    const guessMs = this.#lastMs.get(key) ?? 0;
    this.#reached = Math.max(this.#reached, this.#spentBy(key));
    this.#charge(key, guessMs);
    return (ms) => {
      this.#lastMs.set(key, ms);
      this.#charge(key, ms - guessMs);
    };
  }

  #charge(key: Key, ms: number): void {
    this.#spent.set(key, this.#spentBy(key) + ms / this.#weightOf(key));
  }

  #spentBy(key: Key): number {
    return Math.max(this.#spent.get(key) ?? 0, this.#reached);
  }
}
