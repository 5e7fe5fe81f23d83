import { hasSecret, parseToken, type Token } from "../../shared/access/token.ts";
import type { Clock } from "../../shared/clock.ts";
import { ScoringError } from "../../shared/error.ts";
import type { Logger } from "../../shared/log.ts";
import type { AccessKeys } from "../../shared/access/access-keys.ts";
import { ANYBODY, type Caller } from "./caller.ts";
import { KeyCache, type KnownKey } from "./key-cache.ts";

/** The use of a key is noted this often at most, in ms. */
const NOTE_USE_MS = 60_000;

export interface AuthenticatorOptions {
  readonly keys: AccessKeys;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Knows callers by the `Authorization` header. */
export interface Access {
  /**
   * @param authorization the header, undefined when there is none
   * @returns at once for a key that was seen a moment ago
   * @throws {ScoringError} `unauthenticated`; `service_unavailable` for a key that was not seen
   *   lately and cannot be looked up
   */
  identify(authorization: string | undefined): Caller | Promise<Caller>;
  /** A key is not as it was: from now on so here, and within seconds in other gateways. */
  changed(keyId: string): Promise<void>;
}

/** `AUTH=off`: everybody may do everything. */
export const OPEN_ACCESS: Access = {
  identify: () => ANYBODY,
  changed: async () => Promise.resolve(),
};

/** `AUTH=keys`. */
export class Authenticator implements Access {
  readonly #options: AuthenticatorOptions;
  readonly #cache: KeyCache;

  constructor(options: AuthenticatorOptions) {
    const { keys, clock } = options;
    this.#options = options;
    this.#cache = new KeyCache(async (id) => keys.find(id), clock);
  }

  identify(authorization: string | undefined): Caller | Promise<Caller> {
    const token = readBearer(authorization);
    // Made-up ids neither reach Redis nor push known keys out of the cache.
    const { keyId } = token;
    if (!this.#cache.has(keyId) && !this.#options.keys.isOurs(keyId)) throw unknown();
    const known = this.#cache.get(keyId);
    const caller = known instanceof Promise ? undefined : this.#accept(token, known);
    return caller ?? this.#lookAgain(token, known);
  }

  /** When Redis has just gone, what is known here stands for its two seconds. */
  async changed(keyId: string): Promise<void> {
    await this.#cache.read(keyId).catch(() => undefined);
  }

  /** A secret that is not known may be newer than what is: it is refused by a fresh look only. */
  async #lookAgain(token: Token, last: KnownKey | Promise<KnownKey>): Promise<Caller> {
    const known = await last;
    const caller = this.#accept(token, known);
    if (caller !== undefined) return caller;
    if (known.key === undefined) throw unknown();
    const now = this.#accept(token, await this.#cache.lookAgain(token.keyId));
    if (now === undefined) throw unknown();
    return now;
  }

  /** @returns undefined when the secret is not the key's @throws {ScoringError} when it has expired */
  #accept({ secret }: Token, known: KnownKey): Caller | undefined {
    const { key, caller } = known;
    if (key === undefined || !hasSecret(key, secret)) return undefined;
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

/** @throws {ScoringError} `unauthenticated` */
function readBearer(authorization: string | undefined): Token {
  if (authorization === undefined) {
    throw new ScoringError("unauthenticated", "Send a key: `Authorization: Bearer sk_...`.");
  }
  const token = parseToken(/^bearer +(\S+) *$/i.exec(authorization)?.[1] ?? "");
  if (token !== undefined) return token;
  const message = "`Authorization` holds no key; expected `Bearer sk_...`.";
  throw new ScoringError("unauthenticated", message);
}

function unknown(): ScoringError {
  return new ScoringError("unauthenticated", "The key is unknown or was revoked.");
}
