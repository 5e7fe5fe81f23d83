import { z } from "zod";
import { DEFAULT_TENANT, scopes, secretNames, TENANT_PATTERN } from "../../shared/access/key.ts";
import type { NewKey, Scope, SecretName } from "../../shared/access/key.ts";
import type { Rights } from "../../shared/access/rights.ts";
import { ROLE_PATTERN } from "../../shared/access/roles.ts";
import { fault } from "../../shared/error.ts";
import { jobClasses, type JobClass } from "../../shared/lane.ts";
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

/** What somebody's jobs may be at the most. */
export const ceilingSchema = z
  .enum(jobClasses)
  .optional()
  .describe("`bulk`: jobs of priority bulk only; default: `interactive`.");

export const roleSchema = z
  .string()
  .regex(ROLE_PATTERN, "is not 1 to 63 of a-z, 0-9, - and _, with a letter or digit at the ends");

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
  role: roleSchema
    .optional()
    .describe(
      "Gives it the rights of this role, as they are at any time; goes without the three below.",
    ),
  scopes: scopesSchema
    .optional()
    .describe(
      "What it may do; default: the three of jobs. `admin` allows everything in its tenant, and managing keys. `operator`, for what acts on everybody's work, can be given only by a key that has it.",
    ),
  models: modelsSchema
    .nullish()
    .describe("`name`, or `name@version`; default: null, for all models."),
  priority_ceiling: ceilingSchema,
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
  const { name, tenant, role, expires_at: expiresAt, ...rights } = parseBody(createKeySchema, body);
  const expiresAtMs = expiresAt === null ? undefined : Date.parse(expiresAt);
  if (expiresAtMs !== undefined && !(expiresAtMs > nowMs)) {
    throw fault("invalid_input", "/expires_at", "is not in the future");
  }
  if (role !== undefined) refuseOwn(rights);
  return { name, tenant, role, ...rightsIn(rights), expiresAtMs };
}

/** Rights as a body says them. */
export interface SaidRights {
  readonly scopes?: readonly Scope[] | undefined;
  readonly models?: readonly string[] | null | undefined;
  readonly priority_ceiling?: JobClass | undefined;
}

/** @throws {ScoringError} `invalid_input`: rights come from a role, or are said, and not both */
export function refuseOwn(rights: SaidRights): void {
  const own = Object.entries(rights).find(([, value]) => value !== undefined)?.[0];
  if (own !== undefined) throw fault("invalid_input", `/${own}`, "is what the role says");
}

export function rightsIn({ scopes: given, models, priority_ceiling: ceiling }: SaidRights): Rights {
  return {
    scopes: given ?? ["jobs:write", "jobs:read", "jobs:cancel"],
    models: models ?? undefined,
    ceiling: ceiling ?? "interactive",
  };
}

/** @throws {ScoringError} `invalid_json`, `invalid_input` or `unknown_field` */
export function readSecretName(body: Buffer): SecretName {
  return parseBody(regenerateSchema, body).secret;
}
