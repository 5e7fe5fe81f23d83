import { z } from "zod";
import type { AccessKey } from "../../shared/access/key.ts";
import { CODE_LIFE_MS, CODE_PATTERN, type SignInCodes } from "../../shared/access/sign-in-codes.ts";
import { hasSeal } from "../../shared/access/token.ts";
import { ScoringError } from "../../shared/error.ts";
import { rfc3339 } from "../../shared/rfc3339.ts";
import { timeSchema } from "../http/answer-schemas.ts";
import { jsonAnswer } from "../http/answers.ts";
import { json, jsonBody, routes, type Handler, type Operation } from "../http/openapi/operation.ts";
import { BAD_BODY } from "../http/openapi/problems.ts";
import { parseBody } from "../http/parse-json.ts";
import { readBody } from "../http/read-body.ts";
import { callerWith } from "./caller.ts";
import { ownKey } from "./own-key.ts";
import { tokenExample } from "./token-json.ts";
import { madeToken, type TokenServices } from "./token-operations.ts";

const BODY_BYTES_MAX = 4096;
/** How long one is signed in, in ms: a working day. */
const SESSION_MS = 8 * 3_600_000;

export interface SignInServices extends TokenServices {
  readonly signInCodes: SignInCodes;
}

/** The only answer that holds the code. */
export const signInCodeSchema = z.strictObject({
  object: z.literal("sign_in_code"),
  code: z.string().describe("To be exchanged once, at `POST /v1/sign-ins`."),
  key: z.string().describe("The key whose holder it signs in."),
  expires_at: timeSchema,
});

export const signInSchema = z.strictObject({
  code: z.string().regex(CODE_PATTERN, "is not a sign-in code").describe("As it was made."),
});

/** `POST /v1/sign-in-codes`: a key in, and a code out that signs in its holder once. */
const createSignInCode: Handler<SignInServices> = async (c, services) => {
  const { accessKeys, signInCodes, clock, logger } = services;
  const { key, seal } = await ownKey(c, accessKeys, "Sign-in codes are");
  const code = await signInCodes.create({ keyId: key.id, seal });
  const expiresAtMs = clock.now() + CODE_LIFE_MS;
  logger.info({ key: key.id, expiresAtMs }, "sign-in code made");
  const body: z.infer<typeof signInCodeSchema> = {
    object: "sign_in_code",
    code,
    key: key.id,
    expires_at: rfc3339(expiresAtMs),
  };
  return jsonAnswer(body, 201);
};

/** `POST /v1/sign-ins`: a code in, and an access token out that may do what its key may. */
const signIn: Handler<SignInServices> = async (c, services) => {
  const { accessKeys, signInCodes, clock, logger } = services;
  const { code } = parseBody(signInSchema, await readBody(c, BODY_BYTES_MAX));
  const holder = await signInCodes.use(code);
  const key = holder && (await accessKeys.find(holder.keyId));
  if (!holder || !key || !hasSeal(key, holder.seal) || hasEnded(key, clock.now())) {
    const message =
      "The code was already used, was replaced by a newer one, or has expired: create another.";
    throw new ScoringError("unauthenticated", message);
  }
  logger.info({ key: key.id }, "signed in with a code");
  const wish = { key, seal: holder.seal, caller: callerWith(key), lifeMs: SESSION_MS };
  return jsonAnswer(await madeToken(services, wish));
};

function hasEnded({ expiresAtMs = Infinity }: AccessKey, nowMs: number): boolean {
  return expiresAtMs <= nowMs;
}

const made = {
  object: "sign_in_code",
  code: "01m7z2a28nec097t69kvhhq4z1_0123456789abcdef0123456789abcdef",
  key: "key_01m7z2a28nec097t69kvhhq4z1",
  expires_at: "2026-11-21T12:56:42.000Z",
} satisfies z.infer<typeof signInCodeSchema>;

const route = routes({ tag: "Keys", scope: "any" });

/** How a person comes from a terminal to the page. */
export const signInOperations: readonly Operation<SignInServices>[] = [
  route.post("/v1/sign-in-codes", createSignInCode, {
    summary: "Make a code that signs in to the page once",
    answers: { 201: json("The code, shown only once.", "SignInCode", { made }) },
  }),
  route.post("/v1/sign-ins", signIn, {
    scope: "open",
    summary: "Exchange a sign-in code for an access token",
    body: jsonBody("SignIn", { once: { code: made.code } }),
    answers: { 200: json("The token, shown only once.", "AccessToken", { made: tokenExample }) },
    fails: [...BAD_BODY, "unauthenticated", "service_unavailable"],
  }),
];
