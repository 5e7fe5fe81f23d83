import { z } from "zod";
import { secretNames, type AccessKey } from "../../shared/access/key.ts";
import { rfc3339 } from "../../shared/rfc3339.ts";
import { listSchema, timeSchema } from "../http/answer-schemas.ts";
import { rightsJson, rightsShape } from "./rights-json.ts";

/** The key object; `secrets` only where they are made. */
export const keySchema = z.strictObject({
  id: z.string().regex(/^key_[0-9a-z]{26}$/),
  object: z.literal("key"),
  name: z.string(),
  tenant: z.string(),
  role: z.string().nullable().describe("Whose rights these are; null: its own."),
  ...rightsShape,
  created_at: timeSchema,
  expires_at: timeSchema,
  last_used_at: timeSchema,
  urls: z.strictObject({ self: z.string(), regenerate: z.string() }),
  secrets: z
    .partialRecord(z.enum(secretNames), z.string())
    .optional()
    .describe("Tokens, `sk_…`; shown only once."),
});

export type Key = z.infer<typeof keySchema>;

/** A page of keys, oldest first. */
export const keyListSchema = listSchema(keySchema).extend({ has_more: z.boolean() });

export type KeyList = z.infer<typeof keyListSchema>;

/** What may be shown of a key: everything but its secrets. */
export function keyJson(key: AccessKey): Key {
  return {
    id: key.id,
    object: "key",
    name: key.name,
    tenant: key.tenant,
    role: key.role ?? null,
    ...rightsJson(key),
    created_at: rfc3339(key.createdAtMs),
    expires_at: rfc3339(key.expiresAtMs),
    last_used_at: rfc3339(key.lastUsedAtMs),
    urls: { self: `/v1/keys/${key.id}`, regenerate: `/v1/keys/${key.id}/regenerate` },
  };
}
