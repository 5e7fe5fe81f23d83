import { z } from "zod";
import { TOKEN_LIFE_MS_MAX } from "../../shared/access/signing-keys.ts";
import { jobClasses } from "../../shared/lane.ts";
import { rfc3339 } from "../../shared/rfc3339.ts";
import { timeSchema } from "../http/answer-schemas.ts";
import { parseBody } from "../http/parse-json.ts";
import type { Caller, Wish } from "./caller.ts";
import { modelsSchema, refuseOwn, roleSchema, scopesSchema } from "./key-body.ts";
import { rightsJson, rightsShape } from "./rights-json.ts";

const LIFE_SECONDS = 3600;
/** A client that asks for the next token from then on is never without one. */
const REFRESH_AT = 0.75;

/** The members of a request for an access token. */
export const createTokenSchema = z.strictObject({
  role: roleSchema
    .optional()
    .describe("The rights of this role, as it is now; goes without the three below."),
  scopes: scopesSchema.optional().describe("Among those of the key; default: all of them."),
  models: modelsSchema.optional().describe("Among those of the key; default: all of them."),
  priority_ceiling: z
    .enum(jobClasses)
    .optional()
    .describe("Not above the key's; `bulk`: jobs of priority bulk only."),
  lifetime_seconds: z
    .number()
    .int()
    .min(1)
    .max(TOKEN_LIFE_MS_MAX / 1000)
    .default(LIFE_SECONDS)
    .describe("How long it works; it ends with its key in any case."),
});

export interface TokenWish {
  /** Instead of rights. */
  readonly role: string | undefined;
  readonly rights: Wish;
  readonly lifeMs: number;
}

/** @param body may be empty @throws {ScoringError} `invalid_json`, `invalid_input` or `unknown_field` */
export function readTokenWish(body: Buffer): TokenWish {
  const given = parseBody(createTokenSchema, body.length === 0 ? Buffer.from("{}") : body);
  const { role, lifetime_seconds: life, ...said } = given;
  if (role !== undefined) refuseOwn(said);
  const { scopes: wanted, models, priority_ceiling: ceiling } = said;
  return { role, rights: { scopes: wanted, models, ceiling }, lifeMs: life * 1000 };
}

/** The only answer that holds the token. */
export const accessTokenSchema = z.strictObject({
  object: z.literal("access_token"),
  access_token: z.string().describe("A signed JSON Web Token, to be sent as `Bearer`."),
  token_type: z.literal("Bearer"),
  key: z.string().describe("The key that it was made with."),
  tenant: z.string(),
  ...rightsShape,
  expires_at: timeSchema,
  refresh_after: timeSchema.describe("When to ask for the next one."),
});

export type AccessToken = z.infer<typeof accessTokenSchema>;

export const tokenExample = {
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

/** @param text the token @param caller with the rights of the token */
export function tokenJson(
  text: string,
  caller: Caller,
  { nowMs, expiresAtMs }: { readonly nowMs: number; readonly expiresAtMs: number },
): AccessToken {
  return {
    object: "access_token",
    access_token: text,
    token_type: "Bearer",
    key: caller.keyId ?? "",
    tenant: caller.tenant,
    ...rightsJson(caller),
    expires_at: rfc3339(expiresAtMs),
    refresh_after: rfc3339(Math.floor(nowMs + (expiresAtMs - nowMs) * REFRESH_AT)),
  };
}

/** Public keys as everybody's libraries read them (RFC 7517). */
export const jwksSchema = z.strictObject({
  keys: z
    .array(
      z.strictObject({
        kty: z.literal("OKP"),
        crv: z.literal("Ed25519"),
        x: z.string(),
        kid: z.string(),
        alg: z.literal("EdDSA"),
        use: z.literal("sig"),
      }),
    )
    .readonly(),
});

export type Jwks = z.infer<typeof jwksSchema>;
