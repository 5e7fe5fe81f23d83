import type { Scope } from "../../../../shared/access/key.ts";
import type { Key } from "../../../access/key-json.ts";
import type { Standing } from "../pieces/tone.ts";

/** Each scope, and what it lets a key do. */
export const SCOPES = [
  ["jobs:write", "create and retry jobs"],
  ["jobs:read", "read jobs"],
  ["jobs:cancel", "cancel and delete jobs"],
  ["batches:*", "all about batches"],
  ["webhooks:*", "all about webhooks"],
  ["admin", "everything in its tenant, and keys"],
  ["operator", "what concerns everybody"],
] as const satisfies readonly (readonly [Scope, string])[];

/** What a key has unless somebody says otherwise, as the API has it. */
export const SCOPES_DEFAULT: readonly Scope[] = ["jobs:write", "jobs:read", "jobs:cancel"];

/** `faq-javascript, wine@2` as a request says it; none for all. */
export function modelsIn(text: string): readonly string[] | null {
  const models = text.split(/[\s,]+/).filter((model) => model !== "");
  return models.length === 0 ? null : models;
}

/** Until when, by days from now; undefined for a key that does not end. @param days "" for never */
export function expiryAt(days: string, nowMs: number): string | null {
  return days === "" ? null : new Date(nowMs + Number(days) * DAY_MS).toISOString();
}

const DAY_MS = 86_400_000;
/** A key that ends sooner is marked. */
const SOON_MS = 7 * DAY_MS;

/** Whether a key ends, and how soon. */
export function expiryStanding(
  { expires_at: end }: Pick<Key, "expires_at">,
  nowMs: number,
): Standing {
  if (end === null) return ["plain", "never"];
  const ms = Date.parse(end) - nowMs;
  const date = end.slice(0, 10);
  if (ms <= 0) return ["bad", `ended ${date}`];
  return [ms < SOON_MS ? "warn" : "plain", date];
}
