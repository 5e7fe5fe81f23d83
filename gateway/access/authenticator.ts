import { hasSeal, hasSecret, parseToken } from "../../shared/access/token.ts";
import { inBoth } from "../../shared/access/rights.ts";
import { ScoringError } from "../../shared/error.ts";
import { OURS, type AccessTokens, type TokenTerms } from "./access-tokens.ts";
import { ANYBODY, type Caller } from "./caller.ts";
import { KnownKeys, type KnownKeysOptions } from "./known-keys.ts";
import { isSigned, SignedTokens, type Holder, type Issuer } from "./signed-tokens.ts";

export interface AuthenticatorOptions extends KnownKeysOptions {
  readonly accessTokens: AccessTokens;
  /** Of users; undefined where there are none. */
  readonly users: Issuer | undefined;
}

/** Knows callers by the `Authorization` header. */
export interface Access {
  /**
   * @param authorization the header, undefined when there is none
   * @returns at once for a key or token that was seen a moment ago
   * @throws {ScoringError} `unauthenticated`; `service_unavailable` for what was not seen lately and
   *   cannot be looked up
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
  readonly #keys: KnownKeys;
  readonly #signed: SignedTokens;

  constructor({ accessTokens, users, ...options }: AuthenticatorOptions) {
    this.#keys = new KnownKeys(options);
    const ours = {
      name: OURS,
      edition: 0,
      verify: async (text: string) => this.#holderOf(await accessTokens.read(text)),
    };
    this.#signed = new SignedTokens(users === undefined ? [ours] : [ours, users], options.clock);
  }

  identify(authorization: string | undefined): Caller | Promise<Caller> {
    const text = bearerIn(authorization);
    if (isSigned(text)) return this.#signed.identify(text);
    const token = parseToken(text);
    if (token === undefined) {
      const message = "`Authorization` holds no key; expected `Bearer sk_...`.";
      throw new ScoringError("unauthenticated", message);
    }
    return this.#keys.callerOf(token.keyId, (key) => hasSecret(key, token.secret));
  }

  async changed(keyId: string): Promise<void> {
    await this.#keys.changed(keyId);
  }

  /** An access token is looked at beside its key each time: it ends with the key, or its secret. */
  #holderOf({ keyId, seal, rights, expiresAtMs }: TokenTerms): Holder {
    let last: { readonly key: Caller; readonly caller: Caller } | undefined;
    const narrowed = (key: Caller): Caller => {
      if (last?.key !== key)
        last = { key, caller: { ...key, kind: "token", ...inBoth(key, rights) } };
      return last.caller;
    };
    const caller = (): Caller | Promise<Caller> => {
      const key = this.#keys.callerOf(keyId, (it) => hasSeal(it, seal));
      return key instanceof Promise ? key.then(narrowed) : narrowed(key);
    };
    return { expiresAtMs, caller };
  }
}

/** @throws {ScoringError} `unauthenticated` */
function bearerIn(authorization: string | undefined): string {
  if (authorization === undefined) {
    throw new ScoringError("unauthenticated", "Send a key: `Authorization: Bearer sk_...`.");
  }
  return bearerOf(authorization) ?? "";
}

/** What stands behind `Bearer`. */
export function bearerOf(authorization: string): string | undefined {
  return /^bearer +(\S+) *$/i.exec(authorization)?.[1];
}
