import type { Clock } from "../../shared/clock.ts";
import { FreshLooks } from "./fresh-looks.ts";
import { LastUsed } from "./last-used.ts";

/** Read again behind the request that finds it older than this, in ms. */
const REFRESH_MS = 1000;
/** Not used when older than this, in ms: how long a revoked key may go on. */
const STALE_MS = 2000;
const ENTRIES_MAX = 10_000;

interface Entry<V> {
  readonly value: V;
  readonly readAtMs: number;
}

/** What is carried on from the last value of a name into a fresh one. */
type Join<V> = (fresh: V, last: V | undefined) => V;

/**
 * Things as they were at most 2 s ago, so that requests do not wait for Redis: one that is in use is
 * read again every second behind them. What is not there is remembered as well. Those used longest
 * ago make room.
 */
export class Recent<V> {
  readonly #find: (name: string) => Promise<V>;
  readonly #clock: Clock;
  readonly #join: Join<V>;
  readonly #entries = new LastUsed<Entry<V>>(ENTRIES_MAX);
  /** Reads on their way, for all who ask meanwhile. */
  readonly #reads = new Map<string, Promise<V>>();
  readonly #looks = new FreshLooks<V>(async (name) => this.read(name));

  /** @param find reads it from where all gateways share it */
  constructor(find: (name: string) => Promise<V>, clock: Clock, join: Join<V> = (fresh) => fresh) {
    this.#find = find;
    this.#clock = clock;
    this.#join = join;
  }

  /** Whether anything is remembered, however old. */
  has(name: string): boolean {
    return this.#entries.has(name);
  }

  /** @returns at once when it is known @throws what `find` throws, when it has to be asked */
  get(name: string): V | Promise<V> {
    const entry = this.#entries.get(name);
    const ageMs = entry === undefined ? Infinity : this.#clock.now() - entry.readAtMs;
    // A clock that was set back must not keep anything for ever.
    if (entry === undefined || ageMs < 0 || ageMs > STALE_MS) return this.#readOnce(name);
    // While Redis is away the entry serves its two seconds.
    if (ageMs > REFRESH_MS) this.#readOnce(name).catch(() => undefined);
    return entry.value;
  }

  /** As it is after now, for whom what is remembered is not enough. */
  async lookAgain(name: string): Promise<V> {
    return this.#looks.get(name);
  }

  /** As it is now, whatever is remembered or on its way. */
  async read(name: string): Promise<V> {
    const readAtMs = this.#clock.now();
    const fresh = await this.#find(name);
    const last = this.#entries.get(name);
    const value = this.#join(fresh, last?.value);
    if (last === undefined || last.readAtMs <= readAtMs)
      this.#entries.set(name, { value, readAtMs });
    return value;
  }

  async #readOnce(name: string): Promise<V> {
    const underWay = this.#reads.get(name);
    if (underWay !== undefined) return underWay;
    const read = this.read(name).finally(() => this.#reads.delete(name));
    this.#reads.set(name, read);
    return read;
  }
}
