import { json, jsonBody, routes } from "../http/openapi/operation.ts";
import { idParameter, queryParameters } from "../http/openapi/parameters.ts";
import { BAD_BODY } from "../http/openapi/problems.ts";
import type { Room } from "../http/openapi/room.ts";
import { createKeySchema, regenerateSchema } from "./key-body.ts";
import { keyListSchema, keySchema, type Key, type KeyList } from "./key-json.ts";
import * as keys from "./routes.ts";

const id = "key_01m7z2a28nec097t69kvhhq4z1";

const key = {
  id,
  object: "key",
  name: "shop",
  tenant: "default",
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

/** What admins do with keys. */
export const accessRoom: Room<keys.KeyServices> = {
  answers: { Key: keySchema, KeyList: keyListSchema },
  bodies: { CreateKey: createKeySchema, RegenerateKey: regenerateSchema },
  operations: [
    route.get("/v1/keys", keys.listKeys, {
      summary: "All keys, oldest first",
      parameters: queryParameters(keys.keysQuery.shape),
      answers: { 200: json("A page of them.", "KeyList", { page: list }, ["Link"]) },
      fails: ["invalid_input"],
    }),
    route.post("/v1/keys", keys.createKey, {
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
    ofKey.get("/v1/keys/{id}", keys.getKey, {
      summary: "A key, without its secrets",
      answers: { 200: json("The key.", "Key", { key }) },
      fails: ["not_found"],
    }),
    ofKey.post("/v1/keys/{id}/regenerate", keys.regenerateKey, {
      summary: "Replace one of a key's two secrets",
      body: jsonBody("RegenerateKey", { secondary: { secret: "secondary" } }),
      answers: {
        200: json("The key with the new token, shown only once.", "Key", {
          regenerated: { ...key, secrets: { secondary: secrets.primary } },
        }),
      },
      fails: ["not_found", ...BAD_BODY],
    }),
    ofKey.delete("/v1/keys/{id}", keys.revokeKey, {
      summary: "Revoke a key",
      answers: { 204: { description: "Neither secret works any longer." } },
      fails: ["not_found", "last_admin_key"],
    }),
  ],
};
