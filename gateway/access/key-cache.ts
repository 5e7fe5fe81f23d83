import type { AccessKey } from "../../shared/access/key.ts";
import type { Clock } from "../../shared/clock.ts";
import { callerWith, type Caller } from "./caller.ts";
import { FreshLooks } from "./fresh-looks.ts";
import { LastUsed } from "./last-used.ts";

/** Read again behind the request that finds it older than this, in ms. */
const REFRESH_MS = 1000;
/** Not used when older than this, in ms: how long a revoked key may go on. */
const STALE_MS = 2000;
const ENTRIES_MAX = 10_000;

type Find = (id: string) => Promise<AccessKey | undefined>;

/** A key as it was a moment ago; without one, that there was none. */
export interface KnownKey {
  readonly key: AccessKey | undefined;
  readonly caller: Caller | undefined;
  /** When its use was last noted, epoch ms; whoever notes it sets it. */
  usedAtMs: number;
}

interface Entry extends KnownKey {
  readonly readAtMs: number;
}

/**
 * Keys as they were at most 2 s ago, so that requests do not wait for Redis: one that is in use is
 * read again every second behind them. What is not there is remembered as well. The keys used
 * longest ago make room.
 */
export class KeyCache {
  readonly #find: Find;
  readonly #clock: Clock;
  readonly #entries = new LastUsed<Entry>(ENTRIES_MAX);
  /** Reads on their way, for all who ask meanwhile. */
  readonly #reads = new Map<string, Promise<Entry>>();
  readonly #looks = new FreshLooks((id) => this.#read(id));

  /** @param find reads a key from where all gateways share them */
  constructor(find: Find, clock: Clock) {
    this.#find = find;
    this.#clock = clock;
  }

  /** Whether anything is remembered, however old. */
  has(id: string): boolean {
    return this.#entries.has(id);
  }

  /** @returns at once when the key is known @throws what `find` throws, when it has to be asked */
  get(id: string): KnownKey | Promise<KnownKey> {
    const entry = this.#entries.get(id);
    const ageMs = entry === undefined ? Infinity : this.#clock.now() - entry.readAtMs;
    // A clock that was set back must not keep a key for ever.
    if (entry === undefined || ageMs < 0 || ageMs > STALE_MS) return this.#readOnce(id);
    // While Redis is away the entry serves its two seconds.
    if (ageMs > REFRESH_MS) this.#readOnce(id).catch(() => undefined);
    return entry;
  }

  /** As it is now, whatever is remembered or on its way. */
  async read(id: string): Promise<KnownKey> {
    return this.#read(id);
  }

  /** As it is after now, for whom what is remembered is not enough. */
  async lookAgain(id: string): Promise<KnownKey> {
    return this.#looks.get(id);
  }

  async #readOnce(id: string): Promise<Entry> {
    const underWay = this.#reads.get(id);
    if (underWay !== undefined) return underWay;
    const read = this.#read(id).finally(() => this.#reads.delete(id));
    this.#reads.set(id, read);
    return read;
  }

  async #read(id: string): Promise<Entry> {
    const readAtMs = this.#clock.now();
    const key = await this.#find(id);
    const last = this.#entries.get(id);
    const caller = key === undefined ? undefined : callerWith(key);
    const usedAtMs = Math.max(key?.lastUsedAtMs ?? 0, last?.usedAtMs ?? 0);
    const entry = { key, caller, usedAtMs, readAtMs };
    if (last === undefined || last.readAtMs <= readAtMs) this.#entries.set(id, entry);
    return entry;
  }
}
