import { randomUUID } from "node:crypto";
import { jwtVerify, SignJWT, type JWTHeaderParameters } from "jose";
import { z } from "zod";
import { scopes } from "../../shared/access/key.ts";
import type { Rights } from "../../shared/access/rights.ts";
import type { PublicKey, SigningKey, SigningKeys } from "../../shared/access/signing-keys.ts";
import type { Clock } from "../../shared/clock.ts";
import { Kept } from "../../shared/kept.ts";
import { jobClasses } from "../../shared/lane.ts";
import { FreshLooks } from "./fresh-looks.ts";
import { refused } from "./signed-tokens.ts";

/** `iss` and `aud` of our tokens. */
export const OURS = "scoreline";
/** RFC 9068. */
const TYPE = "at+jwt";
const ALGORITHM = "EdDSA";
/** Keys are read again after this; an unknown one is looked for at once. */
const KEYS_KEPT_MS = 60_000;

const claimsSchema = z.object({
  sub: z.string(),
  exp: z.number(),
  scope: z.string().transform((text) => text.split(" ").filter(Boolean)),
  models: z.array(z.string()).optional(),
  priority_ceiling: z.enum(jobClasses),
  seal: z.string(),
});

/** What an access token says. */
export interface TokenTerms {
  readonly keyId: string;
  /** Which of the key's secrets it was made with. */
  readonly seal: string;
  /** No wider than the key's when it was made. */
  readonly rights: Rights;
  readonly expiresAtMs: number;
}

/** Access tokens: made with a key, signed by us, and good for no more than the key is at any time. */
export class AccessTokens {
  readonly #keys: SigningKeys;
  readonly #clock: Clock;
  readonly #known: Kept<readonly SigningKey[]>;
  readonly #looks: FreshLooks<readonly SigningKey[]>;

  constructor(keys: SigningKeys, clock: Clock) {
    this.#keys = keys;
    this.#clock = clock;
    this.#known = new Kept(async () => keys.read(), KEYS_KEPT_MS);
    this.#looks = new FreshLooks(async (name) => {
      this.#known.forget(name);
      return this.#known.get(name);
    });
  }

  /** @throws {ScoringError} `service_unavailable` */
  async sign({ keyId, seal, rights, expiresAtMs }: TokenTerms): Promise<string> {
    const nowMs = this.#clock.now();
    const { id: kid, privateKey } = await this.#keys.signer(nowMs);
    const claims = {
      client_id: keyId,
      scope: rights.scopes.join(" "),
      ...(rights.models === undefined ? {} : { models: rights.models }),
      priority_ceiling: rights.ceiling,
      seal,
    };
    return new SignJWT(claims)
      .setProtectedHeader({ alg: ALGORITHM, typ: TYPE, kid })
      .setIssuer(OURS)
      .setAudience(OURS)
      .setSubject(keyId)
      .setIssuedAt(Math.floor(nowMs / 1000))
      .setExpirationTime(Math.floor(expiresAtMs / 1000))
      .setJti(randomUUID())
      .sign(privateKey);
  }

  /** @throws {ScoringError} `unauthenticated`, `service_unavailable` @throws {JOSEError} */
  async read(text: string): Promise<TokenTerms> {
    const { payload } = await jwtVerify(text, async (header) => this.#publicKeyOf(header), {
      algorithms: [ALGORITHM],
      typ: TYPE,
      issuer: OURS,
      audience: OURS,
      currentDate: new Date(this.#clock.now()),
    });
    const {
      sub,
      exp,
      scope,
      models,
      priority_ceiling: ceiling,
      seal,
    } = claimsSchema.parse(payload);
    // One of a scope that there was before, or will be, goes without it.
    const known = scopes.filter((one) => scope.includes(one));
    const rights = { scopes: known, models, ceiling };
    return { keyId: sub, seal, rights, expiresAtMs: exp * 1000 };
  }

  /** Those that sign, did or will, for who wants to verify tokens. @throws {ScoringError} `service_unavailable` */
  async publicKeys(): Promise<readonly (PublicKey & { readonly kid: string })[]> {
    const all = await this.#known.get("");
    return all.map(({ id: kid, publicKey }) => ({ ...publicKey, kid }));
  }

  async #publicKeyOf({ kid = "" }: Partial<JWTHeaderParameters>): Promise<PublicKey> {
    const isIt = ({ id }: SigningKey): boolean => id === kid;
    if (!this.#keys.isOurs(kid)) throw refused("its signing key is unknown");
    const known = (await this.#known.get("")).find(isIt) ?? (await this.#looks.get("")).find(isIt);
    if (known === undefined) throw refused("its signing key is unknown");
    return known.publicKey;
  }
}
