import type { AccessKeys } from "../../shared/access/access-keys.ts";
import { hasSeal, parseToken, sealOf, type Token } from "../../shared/access/token.ts";
import type { Clock } from "../../shared/clock.ts";
import { ScoringError } from "../../shared/error.ts";
import { jsonAnswer } from "../http/answers.ts";
import { json, jsonBody, routes, type Handler, type Operation } from "../http/openapi/operation.ts";
import { BAD_BODY } from "../http/openapi/problems.ts";
import { readBody } from "../http/read-body.ts";
import type { AccessTokens } from "./access-tokens.ts";
import { bearerOf } from "./authenticator.ts";
import { callerOf, usableRights } from "./caller.ts";
import { findRole, type RoleServices } from "./role-operations.ts";
import { readTokenWish, tokenJson, type AccessToken, type Jwks } from "./token-json.ts";

const BODY_BYTES_MAX = 65_536;

export interface TokenServices extends RoleServices {
  readonly accessKeys: AccessKeys;
  readonly accessTokens: AccessTokens;
  readonly clock: Clock;
}

/** `POST /v1/tokens`: a key in, a token out that may do no more. */
const createToken: Handler<TokenServices> = async (c, services) => {
  const { accessKeys, accessTokens, clock, logger } = services;
  const caller = callerOf(c);
  const { keyId, secret } = keyTokenIn(c.req.header("authorization"));
  const { role, rights: said, lifeMs } = readTokenWish(await readBody(c, BODY_BYTES_MAX));
  const wish = role === undefined ? said : await findRole(role, services);
  const rights = usableRights(caller, wish);
  const key = await accessKeys.find(keyId);
  const seal = sealOf(secret);
  const isKnown =
    key !== undefined && (hasSeal(key, seal) || (await accessKeys.keepSeal(key, secret)));
  if (!isKnown) throw new ScoringError("unauthenticated", "The key or its secret has just ended.");
  const nowMs = clock.now();
  const endMs = Math.min(nowMs + lifeMs, key.expiresAtMs ?? Infinity);
  const expiresAtMs = Math.floor(endMs / 1000) * 1000;
  // What is not said is the key's at any time.
  const kept = { ...rights, models: wish.models };
  const text = await accessTokens.sign({ keyId, seal, rights: kept, expiresAtMs });
  logger.info({ key: keyId, scopes: rights.scopes, expiresAtMs }, "access token made");
  return jsonAnswer(tokenJson(text, { ...caller, ...rights }, { nowMs, expiresAtMs }));
};

/** `GET /.well-known/jwks.json` */
const jwks: Handler<TokenServices> = async (_, { accessTokens }) => {
  const keys = await accessTokens.publicKeys();
  const body: Jwks = { keys: keys.map((key) => ({ ...key, alg: "EdDSA", use: "sig" })) };
  return jsonAnswer(body);
};

/** @throws {ScoringError} `forbidden`: a token that could be made with a token would never end */
function keyTokenIn(authorization = ""): Token {
  const token = parseToken(bearerOf(authorization) ?? "");
  if (token !== undefined) return token;
  throw new ScoringError("forbidden", "Access tokens are made with a key: send `Bearer sk_...`.");
}

const made = {
  object: "access_token",
  access_token: "eyJ…",
  token_type: "Bearer",
  key: "key_01m7z2a28nec097t69kvhhq4z1",
  tenant: "default",
  scopes: ["jobs:write"],
  models: null,
  priority_ceiling: "interactive",
  expires_at: "2026-11-21T13:46:42.000Z",
  refresh_after: "2026-11-21T13:31:42.000Z",
} satisfies AccessToken;

const publicKeys = {
  keys: [
    {
      kty: "OKP",
      crv: "Ed25519",
      x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
      kid: "sig_01m7z2a28nec097t69kvhhq4z1",
      alg: "EdDSA",
      use: "sig",
    },
  ],
} satisfies Jwks;

const route = routes({ tag: "Keys", scope: "any" });

/** What is done with a key to get tokens. */
export const tokenOperations: readonly Operation<TokenServices>[] = [
  route.post("/v1/tokens", createToken, {
    summary: "Make an access token with a key",
    body: {
      ...jsonBody("CreateToken", { scorer: { scopes: ["jobs:write"], lifetime_seconds: 3600 } }),
      required: false,
    },
    answers: { 200: json("The token, shown only once.", "AccessToken", { made }) },
    fails: BAD_BODY,
  }),
  route.get("/.well-known/jwks.json", jwks, {
    scope: "open",
    summary: "The public keys of access tokens",
    answers: { 200: json("As RFC 7517 has it.", "Jwks", { publicKeys }) },
    fails: ["service_unavailable"],
  }),
];
