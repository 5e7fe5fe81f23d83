import { jwtVerify } from "jose";
import { inBoth, type Rights } from "../../shared/access/rights.ts";
import { NO_RIGHTS, type Roles } from "../../shared/access/roles.ts";
import type { Clock } from "../../shared/clock.ts";
import type { Caller } from "./caller.ts";
import { userIn, type User } from "./claims.ts";
import type { IssuerKeys } from "./issuer-keys.ts";
import type { OidcTerms } from "./oidc-settings.ts";
import { Recent } from "./recent.ts";
import type { Holder, Issuer } from "./signed-tokens.ts";

/** Those of key pairs: whoever knows a public key must not be able to sign. */
const ALGORITHMS = "RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA Ed25519".split(" ");

export interface OidcOptions {
  readonly terms: OidcTerms;
  readonly keys: IssuerKeys;
  readonly roles: Roles;
  readonly clock: Clock;
}

/** Users who come with a token of an OpenID Connect issuer. */
export class OidcUsers implements Issuer {
  readonly #options: OidcOptions;
  readonly #roles: Recent<Rights | undefined>;

  constructor(options: OidcOptions) {
    this.#options = options;
    this.#roles = new Recent(async (name) => options.roles.find(name), options.clock);
  }

  get name(): string {
    return this.#options.terms.issuer;
  }

  get edition(): number {
    return this.#options.keys.edition;
  }

  async verify(text: string): Promise<Holder> {
    const { terms, keys, clock } = this.#options;
    const { payload } = await jwtVerify(text, keys.keyOf, {
      algorithms: ALGORITHMS,
      issuer: terms.issuer,
      audience: [...terms.audience],
      requiredClaims: ["sub", "exp"],
      clockTolerance: terms.skewSeconds,
      currentDate: new Date(clock.now()),
    });
    const expiresAtMs = ((payload.exp ?? 0) + terms.skewSeconds) * 1000;
    return { expiresAtMs, caller: this.#callerOf(userIn(payload, terms)) };
  }

  /** A role may change while a token is in use. */
  #callerOf(user: User): Holder["caller"] {
    let last: { readonly rights: Rights; readonly caller: Caller } | undefined;
    const withRights = (rights = NO_RIGHTS): Caller => {
      if (last?.rights !== rights) last = { rights, caller: callerFor(user, rights) };
      return last.caller;
    };
    return () => {
      const rights = this.#roles.get(user.role);
      return rights instanceof Promise ? rights.then(withRights) : withRights(rights);
    };
  }
}

function callerFor({ id, subject, tenant, models }: User, rights: Rights): Caller {
  const own = models === undefined ? rights : inBoth(rights, { ...rights, models });
  return { kind: "user", keyId: id, subject, tenant, ...own };
}
