import type { AccessKeys } from "../../shared/access/access-keys.ts";
import type { Rights } from "../../shared/access/rights.ts";
import type { Clock } from "../../shared/clock.ts";
import { jsonAnswer } from "../http/answers.ts";
import { json, jsonBody, routes, type Handler, type Operation } from "../http/openapi/operation.ts";
import { BAD_BODY } from "../http/openapi/problems.ts";
import { readBody } from "../http/read-body.ts";
import type { AccessTokens } from "./access-tokens.ts";
import { callerOf, usableRights, type Caller } from "./caller.ts";
import { ownKey, type OwnKey } from "./own-key.ts";
import { findRole, type RoleServices } from "./role-operations.ts";
import {
  readTokenWish,
  tokenExample,
  tokenJson,
  type AccessToken,
  type Jwks,
} from "./token-json.ts";

const BODY_BYTES_MAX = 65_536;

export interface TokenServices extends RoleServices {
  readonly accessKeys: AccessKeys;
  readonly accessTokens: AccessTokens;
  readonly clock: Clock;
}

/** `POST /v1/tokens`: a key in, a token out that may do no more. */
const createToken: Handler<TokenServices> = async (c, services) => {
  const caller = callerOf(c);
  const own = await ownKey(c, services.accessKeys, "Access tokens are");
  const { role, rights: said, lifeMs } = readTokenWish(await readBody(c, BODY_BYTES_MAX));
  const wish = role === undefined ? said : await findRole(role, services);
  const rights = usableRights(caller, wish);
  const token = { ...own, caller: { ...caller, ...rights }, models: wish.models, lifeMs };
  return jsonAnswer(await madeToken(services, token));
};

/** What becomes a token. */
interface TokenPlan extends OwnKey {
  /** With the rights of the token. */
  readonly caller: Caller;
  /** What is not said is the key's at any time. */
  readonly models?: Rights["models"];
  /** It ends no later than the key. */
  readonly lifeMs: number;
}

/** Makes an access token. */
export async function madeToken(
  { accessTokens, clock, logger }: TokenServices,
  { key, seal, caller, models, lifeMs }: TokenPlan,
): Promise<AccessToken> {
  const nowMs = clock.now();
  const endMs = Math.min(nowMs + lifeMs, key.expiresAtMs ?? Infinity);
  const expiresAtMs = Math.floor(endMs / 1000) * 1000;
  const { scopes, ceiling } = caller;
  const rights = { scopes, models, ceiling };
  const text = await accessTokens.sign({ keyId: key.id, seal, rights, expiresAtMs });
  logger.info({ key: key.id, scopes, expiresAtMs }, "access token made");
  return tokenJson(text, caller, { nowMs, expiresAtMs });
}

/** `GET /.well-known/jwks.json` */
const jwks: Handler<TokenServices> = async (_, { accessTokens }) => {
  const keys = await accessTokens.publicKeys();
  const body: Jwks = { keys: keys.map((key) => ({ ...key, alg: "EdDSA", use: "sig" })) };
  return jsonAnswer(body);
};

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
    answers: { 200: json("The token, shown only once.", "AccessToken", { made: tokenExample }) },
    fails: BAD_BODY,
  }),
  route.get("/.well-known/jwks.json", jwks, {
    scope: "open",
    summary: "The public keys of access tokens",
    answers: { 200: json("As RFC 7517 has it.", "Jwks", { publicKeys }) },
    fails: ["service_unavailable"],
  }),
];
