import type { Context } from "hono";
import { z } from "zod";
import type { AccessKeys } from "../../shared/access/access-keys.ts";
import type { AccessKey } from "../../shared/access/key.ts";
import type { Clock } from "../../shared/clock.ts";
import { ScoringError, badParameter } from "../../shared/error.ts";
import { jsonAnswer } from "../http/answers.ts";
import { readQuery } from "../http/query.ts";
import { readBody } from "../http/read-body.ts";
import { json, jsonBody, routes, type Handler } from "../http/openapi/operation.ts";
import { idParameter, queryParameters } from "../http/openapi/parameters.ts";
import { BAD_BODY } from "../http/openapi/problems.ts";
import type { Room } from "../http/openapi/room.ts";
import { keyJson, keyListSchema, keySchema, type Key, type KeyList } from "./key-json.ts";
import { createKeySchema, readNewKey, readSecretName, regenerateSchema } from "./key-body.ts";
import type { Access } from "./authenticator.ts";
import { audit } from "./audit.ts";
import { callerOf, demandAll, refuseWhenOpen } from "./caller.ts";
import { callerExample, callerSchema, getCaller } from "./get-caller.ts";
import { accessTokenSchema, createTokenSchema, jwksSchema } from "./token-json.ts";
import { findRole, roleOperations, type RoleServices } from "./role-operations.ts";
import { putRoleSchema, roleListSchema, roleJsonSchema } from "./role-json.ts";
import { tokenOperations } from "./token-operations.ts";
import {
  signInCodeSchema,
  signInOperations,
  signInSchema,
  type SignInServices,
} from "./sign-in-operations.ts";

const BODY_BYTES_MAX = 65_536;
const PAGE_MAX = 100;

export interface KeyServices extends RoleServices {
  readonly access: Access;
  readonly accessKeys: AccessKeys;
  readonly clock: Clock;
}

/** Query of `GET /v1/keys`. */
const keysQuery = z.object({
  limit: z.coerce.number().int().min(1).max(PAGE_MAX).default(PAGE_MAX).describe("Page size."),
  after: z.string().optional().describe("The last id of the previous page."),
});

/** `GET /v1/keys`: all keys of all tenants, oldest first, a page at a time. */
const listKeys: Handler<KeyServices> = async (c, { accessKeys }) => {
  refuseWhenOpen(c);
  const { limit, after = "" } = readQuery(keysQuery, c.req.query());
  if (after !== "" && !accessKeys.isOurs(after)) {
    throw badParameter("after", "?after= is not a key id.", "is not a key id");
  }
  // One more than asked for says whether there is another page.
  const found = await accessKeys.list(after, limit + 1);
  const page = found.slice(0, limit);
  const hasMore = found.length > limit;
  const next = `</v1/keys?limit=${limit}&after=${page.at(-1)?.id}>; rel="next"`;
  const data = page.map((key) => keyJson(key));
  const body: KeyList = { object: "list", data, has_more: hasMore };
  return jsonAnswer(body, 200, hasMore ? { link: next } : {});
};

/** @throws {ScoringError} `forbidden`: an access token could make itself a key, which would not end with it */
function refuseTokens(c: Context): void {
  if (callerOf(c).kind !== "token") return;
  const message = "An access token makes no keys and no secrets: send `Bearer sk_...`.";
  throw new ScoringError("forbidden", message);
}

/** `POST /v1/keys`: the only answer that holds both secrets of the key. */
const createKey: Handler<KeyServices> = async (c, services) => {
  refuseWhenOpen(c);
  refuseTokens(c);
  const { accessKeys, clock, logger } = services;
  const nowMs = clock.now();
  const wanted = readNewKey(await readBody(c, BODY_BYTES_MAX), nowMs);
  const rights = wanted.role === undefined ? wanted : await findRole(wanted.role, services);
  demandAll(callerOf(c), rights.scopes);
  const { key, tokens } = await accessKeys.issue({ ...wanted, ...rights }, nowMs);
  const of = { key: key.id };
  audit(logger, callerOf(c), "key created", { of, before: undefined, after: factsOf(key) });
  const body: Key = { ...keyJson(key), secrets: tokens };
  return jsonAnswer(body, 201, { location: `/v1/keys/${key.id}` });
};

/** `GET /v1/keys/{id}` */
const getKey: Handler<KeyServices> = async (c, services) => {
  refuseWhenOpen(c);
  return jsonAnswer(keyJson(await findKey(c, services)));
};

/** `POST /v1/keys/{id}/regenerate`: one secret stops working, and another is told once. */
const regenerateKey: Handler<KeyServices> = async (c, services) => {
  refuseWhenOpen(c);
  refuseTokens(c);
  const { accessKeys, access, logger } = services;
  const name = readSecretName(await readBody(c, BODY_BYTES_MAX));
  const key = await findKey(c, services);
  demandAll(callerOf(c), key.scopes);
  const token = await accessKeys.regenerate(key.id, name);
  if (token === undefined) throw noSuchKey();
  await access.changed(key.id);
  const facts = factsOf(key);
  const of = { key: key.id, secret: name };
  audit(logger, callerOf(c), "key regenerated", { of, before: facts, after: facts });
  return jsonAnswer({ ...keyJson(key), secrets: { [name]: token } });
};

/** `DELETE /v1/keys/{id}`: both secrets stop working. Doing it twice is fine. */
const revokeKey: Handler<KeyServices> = async (c, services) => {
  refuseWhenOpen(c);
  const { accessKeys, access, logger } = services;
  const id = c.req.param("id") ?? "";
  if (!accessKeys.isOurs(id)) throw noSuchKey();
  const before = await accessKeys.find(id);
  const end = await accessKeys.revoke(id);
  if (end === "last_admin") {
    throw new ScoringError("last_admin_key", "It is the last admin key; create another one first.");
  }
  await access.changed(id);
  if (before !== undefined) {
    const change = { of: { key: id }, before: factsOf(before), after: undefined };
    audit(logger, callerOf(c), "key revoked", change);
  }
  return new Response(null, { status: 204 });
};

/** What an audit line says of a key. */
function factsOf(key: AccessKey): object {
  const { object: _, urls: __, last_used_at: ___, ...facts } = keyJson(key);
  return facts;
}

async function findKey(c: Context, { accessKeys }: KeyServices): Promise<AccessKey> {
  const key = await accessKeys.find(c.req.param("id") ?? "");
  if (key === undefined) throw noSuchKey();
  return key;
}

function noSuchKey(): ScoringError {
  return new ScoringError("not_found", "There is no such key.");
}

const id = "key_01m7z2a28nec097t69kvhhq4z1";

const key = {
  id,
  object: "key",
  name: "shop",
  tenant: "default",
  role: null,
  scopes: ["jobs:write", "jobs:read", "jobs:cancel"],
  models: ["faq-javascript"],
  priority_ceiling: "interactive",
  created_at: "2026-11-21T12:46:42.453Z",
  expires_at: "2027-11-21T00:00:00.000Z",
  last_used_at: null,
  urls: { self: `/v1/keys/${id}`, regenerate: `/v1/keys/${id}/regenerate` },
} satisfies Key;

const secrets = { primary: "sk_01m7z2a28nec097t69kvhhq4z1_…", secondary: "sk_…" };
const list = { object: "list", data: [key], has_more: false } satisfies KeyList;

const admin = { tag: "Keys", scope: "admin" } as const;
const route = routes(admin);
const ofKey = routes({ ...admin, parameters: [idParameter("The key's id.", id)] });

/** What admins do with keys, and everybody with theirs. */
export const accessRoom: Room<KeyServices & SignInServices> = {
  answers: {
    Caller: callerSchema,
    Key: keySchema,
    KeyList: keyListSchema,
    Role: roleJsonSchema,
    RoleList: roleListSchema,
    AccessToken: accessTokenSchema,
    Jwks: jwksSchema,
    SignInCode: signInCodeSchema,
  },
  bodies: {
    CreateKey: createKeySchema,
    RegenerateKey: regenerateSchema,
    PutRole: putRoleSchema,
    CreateToken: createTokenSchema,
    SignIn: signInSchema,
  },
  operations: [
    route.get("/v1/caller", getCaller, {
      scope: "any",
      summary: "Who your key says you are, and what you may do",
      answers: { 200: json("The caller.", "Caller", { caller: callerExample }) },
    }),
    route.get("/v1/keys", listKeys, {
      summary: "All keys, oldest first",
      parameters: queryParameters(keysQuery.shape),
      answers: { 200: json("A page of them.", "KeyList", { page: list }, ["Link"]) },
      fails: ["invalid_input"],
    }),
    route.post("/v1/keys", createKey, {
      summary: "Create a key",
      body: jsonBody("CreateKey", { shop: { name: "shop", models: ["faq-javascript"] } }),
      answers: {
        201: json(
          "The key with both tokens, shown only once.",
          "Key",
          { created: { ...key, secrets } },
          ["KeyLocation"],
        ),
      },
      fails: BAD_BODY,
    }),
    ofKey.get("/v1/keys/{id}", getKey, {
      summary: "A key, without its secrets",
      answers: { 200: json("The key.", "Key", { key }) },
      fails: ["not_found"],
    }),
    ofKey.post("/v1/keys/{id}/regenerate", regenerateKey, {
      summary: "Replace one of a key's two secrets",
      body: jsonBody("RegenerateKey", { secondary: { secret: "secondary" } }),
      answers: {
        200: json("The key with the new token, shown only once.", "Key", {
          regenerated: { ...key, secrets: { secondary: secrets.primary } },
        }),
      },
      fails: ["not_found", ...BAD_BODY],
    }),
    ofKey.delete("/v1/keys/{id}", revokeKey, {
      summary: "Revoke a key",
      answers: { 204: { description: "Neither secret works any longer." } },
      fails: ["not_found", "last_admin_key"],
    }),
    ...roleOperations,
    ...tokenOperations,
    ...signInOperations,
  ],
};
