import type { Key, KeyList } from "./key-schema.ts";
import { json, operation, type Operation } from "../http/openapi/operation.ts";
import type { Parameter } from "../http/openapi/parameters.ts";
import { named, ref } from "../http/openapi/parts.ts";

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

const BAD_BODY = [
  "invalid_input",
  "invalid_json",
  "payload_too_large",
  "unknown_field",
  "unsupported_media_type",
] as const;

const idParameter: Parameter = {
  name: "id",
  in: "path",
  required: true,
  description: "The key's id.",
  schema: { type: "string", minLength: 1 },
  example: id,
};

/** The operations of admins on keys. */
export function keyPaths(): Record<string, Record<string, Operation>> {
  return {
    "/v1/keys": { get: listOperation(), post: createOperation() },
    "/v1/keys/{id}": { get: getOperation(), delete: revokeOperation() },
    "/v1/keys/{id}/regenerate": { post: regenerateOperation() },
  };
}

function listOperation(): Operation {
  return operation("listKeys", {
    tag: "Keys",
    scope: "admin",
    summary: "All keys, oldest first",
    parameters: [
      query("limit", "How many.", { type: "integer", minimum: 1, maximum: 100, default: 100 }),
      query("after", "The last id of the page before.", { type: "string" }),
    ],
    answers: {
      200: json("A page of them.", {
        schema: ref("KeyList"),
        headers: ["Link"],
        examples: { page: list },
      }),
    },
    fails: ["invalid_input"],
  });
}

function createOperation(): Operation {
  return operation("createKey", {
    tag: "Keys",
    scope: "admin",
    summary: "Make a key",
    requestBody: bodyOf("CreateKey", { shop: { name: "shop", models: ["faq-javascript"] } }),
    answers: {
      201: json("The key, with both tokens, this once.", {
        schema: ref("Key"),
        headers: ["KeyLocation"],
        examples: { created: { ...key, secrets } },
      }),
    },
    fails: BAD_BODY,
  });
}

function getOperation(): Operation {
  return operation("getKey", {
    tag: "Keys",
    scope: "admin",
    summary: "A key, without its secrets",
    parameters: [idParameter],
    answers: { 200: json("The key.", { schema: ref("Key"), examples: { key } }) },
    fails: ["not_found"],
  });
}

function regenerateOperation(): Operation {
  return operation("regenerateKey", {
    tag: "Keys",
    scope: "admin",
    summary: "Exchange one of a key's two secrets",
    parameters: [idParameter],
    requestBody: bodyOf("RegenerateKey", { secondary: { secret: "secondary" } }),
    answers: {
      200: json("The key, with the new token, this once.", {
        schema: ref("Key"),
        examples: { regenerated: { ...key, secrets: { secondary: secrets.primary } } },
      }),
    },
    fails: ["not_found", ...BAD_BODY],
  });
}

function revokeOperation(): Operation {
  return operation("revokeKey", {
    tag: "Keys",
    scope: "admin",
    summary: "End a key",
    parameters: [idParameter],
    answers: { 204: { description: "Neither secret works any more." } },
    fails: ["not_found", "last_admin_key"],
  });
}

function bodyOf(schema: string, examples: Record<string, unknown>): object {
  const content = { "application/json": { schema: ref(schema), examples: named(examples) } };
  return { required: true, content };
}

function query(name: string, description: string, schema: object): Parameter {
  return { name, in: "query", description, schema };
}
