import { z } from "zod";
import { scopes, secretNames } from "../shared/access/key.ts";
import { jobClasses } from "../shared/queue/keys.ts";
import { createKeySchema, regenerateSchema } from "./body/key.ts";
import { idParameter, json, locked, operation, problem, ref, schemaOf } from "./openapi-parts.ts";

const timeSchema = z.iso.datetime().nullable();

/** The key object; `secrets` only where they are made. */
const keySchema = z.strictObject({
  id: z.string().regex(/^key_[0-9a-z]{26}$/),
  object: z.literal("key"),
  name: z.string(),
  tenant: z.string(),
  scopes: z.array(z.enum(scopes)),
  models: z.array(z.string()).nullable(),
  priority_ceiling: z.enum(jobClasses),
  created_at: timeSchema,
  expires_at: timeSchema,
  last_used_at: timeSchema,
  urls: z.strictObject({ self: z.string(), regenerate: z.string() }),
  secrets: z.partialRecord(z.enum(secretNames), z.string()).optional(),
});

/** Schemas that the operations on keys refer to. */
export function keySchemas(): Record<string, object> {
  return {
    Key: schemaOf(keySchema, "output"),
    CreateKey: schemaOf(createKeySchema, "input"),
    RegenerateKey: schemaOf(regenerateSchema, "input"),
  };
}

/** The operations of admins on keys. */
export function keyPaths(): Record<string, object> {
  return {
    "/v1/keys": { get: listOperation(), post: createOperation() },
    "/v1/keys/{id}": { get: getOperation(), delete: revokeOperation() },
    "/v1/keys/{id}/regenerate": { post: regenerateOperation() },
  };
}

function listOperation(): object {
  return locked("admin", {
    ...operation("listKeys", "All keys, oldest first", {
      200: json("A page of them; `Link` leads to the next.", { type: "object" }),
      422: problem("A parameter is not valid."),
    }),
    parameters: [
      query("limit", "How many, 1 to 100.", { type: "integer", minimum: 1, maximum: 100 }),
      query("after", "The last id of the page before.", { type: "string" }),
    ],
  });
}

function createOperation(): object {
  return locked("admin", {
    ...operation("createKey", "Make a key", {
      201: json("The key, with both tokens, this once.", ref("Key")),
      ...badBody(),
    }),
    requestBody: bodyOf("CreateKey"),
  });
}

function getOperation(): object {
  return locked("admin", {
    ...operation("getKey", "A key, without its secrets", {
      200: json("The key.", ref("Key")),
      404: problem("There is no such key."),
    }),
    parameters: [idParameter()],
  });
}

function regenerateOperation(): object {
  return locked("admin", {
    ...operation("regenerateKey", "Exchange one of a key's two secrets", {
      200: json("The key, with the new token, this once.", ref("Key")),
      404: problem("There is no such key."),
      ...badBody(),
    }),
    parameters: [idParameter()],
    requestBody: bodyOf("RegenerateKey"),
  });
}

function revokeOperation(): object {
  return locked("admin", {
    ...operation("revokeKey", "End a key", {
      204: { description: "Neither secret works any more." },
      404: problem("There never was such a key."),
      409: problem("It is the last one with the scope `admin`."),
    }),
    parameters: [idParameter()],
  });
}

function badBody(): object {
  return {
    400: problem("The body is not valid JSON."),
    413: problem("The body is too large."),
    415: problem("The body is compressed."),
    422: problem("A member is not valid, or not known."),
  };
}

function bodyOf(schema: string): object {
  return { required: true, content: { "application/json": { schema: ref(schema) } } };
}

function query(name: string, description: string, schema: object): object {
  return { name, in: "query", description, schema };
}
