import type { Context } from "hono";
import type { AccessKeys } from "../../shared/access/access-keys.ts";
import type { AccessKey } from "../../shared/access/key.ts";
import { hasSeal, parseToken, sealOf, type Token } from "../../shared/access/token.ts";
import { ScoringError } from "../../shared/error.ts";
import { bearerOf } from "./authenticator.ts";

/** The key that a request came with. */
export interface OwnKey {
  readonly key: AccessKey;
  /** Of the secret that came. */
  readonly seal: string;
}

/**
 * The key of a request, for what ends with it.
 *
 * @param what is made with it, for the message: `Access tokens are`
 * @throws {ScoringError} `forbidden` for who comes with anything else: what could be made with a token
 *   would never end; `unauthenticated` when the key has just ended
 */
export async function ownKey(c: Context, accessKeys: AccessKeys, what: string): Promise<OwnKey> {
  const { keyId, secret } = keyTokenIn(c.req.header("authorization"), what);
  const key = await accessKeys.find(keyId);
  const seal = sealOf(secret);
  const isKnown =
    key !== undefined && (hasSeal(key, seal) || (await accessKeys.keepSeal(key, secret)));
  if (!isKnown) throw new ScoringError("unauthenticated", "The key or its secret has just ended.");
  return { key, seal };
}

function keyTokenIn(authorization = "", what: string): Token {
  const token = parseToken(bearerOf(authorization) ?? "");
  if (token !== undefined) return token;
  throw new ScoringError("forbidden", `${what} made with a key: send \`Bearer sk_...\`.`);
}
