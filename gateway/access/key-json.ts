import { rfc3339 } from "../../shared/rfc3339.ts";
import type { AccessKey } from "../../shared/access/key.ts";
import type { Key } from "./key-schema.ts";

/** What may be shown of a key: everything but its secrets. */
export function keyJson(key: AccessKey): Key {
  return {
    id: key.id,
    object: "key",
    name: key.name,
    tenant: key.tenant,
    scopes: key.scopes,
    models: key.models ?? null,
    priority_ceiling: key.ceiling,
    created_at: rfc3339(key.createdAtMs),
    expires_at: rfc3339(key.expiresAtMs),
    last_used_at: rfc3339(key.lastUsedAtMs),
    urls: { self: `/v1/keys/${key.id}`, regenerate: `/v1/keys/${key.id}/regenerate` },
  };
}
