import type { AccessKeys } from "../../shared/access/access-keys.ts";
import type { AccessKey } from "../../shared/access/key.ts";
import type { Clock } from "../../shared/clock.ts";
import { ScoringError } from "../../shared/error.ts";
import type { Logger } from "../../shared/log.ts";
import type { Caller } from "./caller.ts";
import { KeyCache, type KnownKey } from "./key-cache.ts";

/** The use of a key is noted this often at most, in ms. */
const NOTE_USE_MS = 60_000;

export interface KnownKeysOptions {
  readonly keys: AccessKeys;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Whether what was sent is of the key as it is now. */
type Fits = (key: AccessKey) => boolean;

/** Keys as they were a moment ago, for who proves to have one. */
export class KnownKeys {
  readonly #options: KnownKeysOptions;
  readonly #cache: KeyCache;

  constructor(options: KnownKeysOptions) {
    const { keys, clock } = options;
    this.#options = options;
    this.#cache = new KeyCache(async (id) => keys.find(id), clock);
  }

  /**
   * @param fits what does not is refused by a fresh look only: it may be of a newer secret
   * @returns at once for a key that was seen a moment ago
   * @throws {ScoringError} `unauthenticated`; `service_unavailable` when it has to be looked up and cannot
   */
  callerOf(id: string, fits: Fits): Caller | Promise<Caller> {
    // Made-up ids neither reach Redis nor push known keys out of the cache.
    if (!this.#cache.has(id) && !this.#options.keys.isOurs(id)) throw unknown();
    const known = this.#cache.get(id);
    const caller = known instanceof Promise ? undefined : this.#accept(fits, known);
    return caller ?? this.#lookAgain(id, fits, known);
  }

  /** When Redis has just gone, what is known here stands for its two seconds. */
  async changed(id: string): Promise<void> {
    await this.#cache.read(id).catch(() => undefined);
  }

  async #lookAgain(id: string, fits: Fits, last: KnownKey | Promise<KnownKey>): Promise<Caller> {
    const known = await last;
    const caller = this.#accept(fits, known);
    if (caller !== undefined) return caller;
    if (known.key === undefined) throw unknown();
    const now = this.#accept(fits, await this.#cache.lookAgain(id));
    if (now === undefined) throw unknown();
    return now;
  }

  /** @returns undefined when it does not fit @throws {ScoringError} when the key has expired */
  #accept(fits: Fits, known: KnownKey): Caller | undefined {
    const { key, caller } = known;
    if (key === undefined || !fits(key)) return undefined;
    const nowMs = this.#options.clock.now();
    if (key.expiresAtMs !== undefined && key.expiresAtMs <= nowMs) {
      throw new ScoringError("unauthenticated", `The key ${key.id} has expired.`);
    }
    if (nowMs - known.usedAtMs >= NOTE_USE_MS) this.#noteUse(key.id, known, nowMs);
    return caller;
  }

  /** Nobody waits for it. */
  #noteUse(id: string, known: KnownKey, nowMs: number): void {
    known.usedAtMs = nowMs;
    const { keys, logger } = this.#options;
    keys.used(id).catch((error: unknown) => logger.debug({ err: error }, "use of a key"));
  }
}

function unknown(): ScoringError {
  return new ScoringError("unauthenticated", "The key is unknown or was revoked.");
}
