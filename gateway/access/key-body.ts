import { z } from "zod";
import { DEFAULT_TENANT, scopes, secretNames, TENANT_PATTERN } from "../../shared/access/key.ts";
import type { NewKey, SecretName } from "../../shared/access/key.ts";
import { fault } from "../../shared/error.ts";
import { jobClasses } from "../../shared/lane.ts";
import { parseBody } from "../http/parse-json.ts";

const NAME_CHARACTERS_MAX = 100;
const MODELS_MAX = 100;
/** Said twice is said once. */
const SCOPES_MAX = 100;

/** What somebody may do, of those that exist. */
export const scopesSchema = z
  .array(z.enum(scopes))
  .min(1)
  .max(SCOPES_MAX)
  .transform((given) => [...new Set(given)]);

/** Which models somebody may use. */
export const modelsSchema = z
  .array(
    z
      .string()
      .regex(/^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?(?:@[1-9]\d*)?$/, "is not name or name@version"),
  )
  .min(1)
  .max(MODELS_MAX);

/** The members of a request for a new key. */
export const createKeySchema = z.strictObject({
  name: z
    .string()
    .trim()
    .min(1)
    .max(NAME_CHARACTERS_MAX)
    .describe("A label for people: what the key is for."),
  tenant: z
    .string()
    .regex(
      TENANT_PATTERN,
      "is not 1 to 63 of a-z, 0-9, - and _, with a letter or digit at the ends",
    )
    .default(DEFAULT_TENANT)
    .describe("The tenant whose jobs the key creates and sees."),
  scopes: scopesSchema
    .default(["jobs:write", "jobs:read", "jobs:cancel"])
    .describe(
      "What it may do; `admin` allows everything in its tenant, and managing keys. `operator`, for what acts on everybody's work, can be given only by a key that has it.",
    ),
  models: modelsSchema
    .nullable()
    .default(null)
    .describe("`name`, or `name@version`; null for all models."),
  priority_ceiling: z
    .enum(jobClasses)
    .default("interactive")
    .describe("`bulk`: jobs of priority bulk only."),
  expires_at: z.iso
    .datetime({ offset: true, error: "is not a time such as 2027-01-31T00:00:00Z" })
    .nullable()
    .default(null)
    .describe("When it stops working; null for never."),
});

/** The members of a request for another secret. */
export const regenerateSchema = z.strictObject({
  secret: z.enum(secretNames).describe("Which of the two secrets to replace."),
});

/** @throws {ScoringError} `invalid_json`, `invalid_input` or `unknown_field` */
export function readNewKey(body: Buffer, nowMs: number): NewKey {
  const { expires_at: expiresAt, ...given } = parseBody(createKeySchema, body);
  const expiresAtMs = expiresAt === null ? undefined : Date.parse(expiresAt);
  if (expiresAtMs !== undefined && !(expiresAtMs > nowMs)) {
    throw fault("invalid_input", "/expires_at", "is not in the future");
  }
  const { name, tenant, models, priority_ceiling: ceiling } = given;
  return { name, tenant, scopes: given.scopes, models: models ?? undefined, ceiling, expiresAtMs };
}

/** @throws {ScoringError} `invalid_json`, `invalid_input` or `unknown_field` */
export function readSecretName(body: Buffer): SecretName {
  return parseBody(regenerateSchema, body).secret;
}
