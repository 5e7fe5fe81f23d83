import { z } from "zod";
import { jobClasses } from "../lane.ts";
import { FieldTable, number, type Decoded } from "../redis/fields.ts";

/**
 * What a key may be given. `admin` stands for all before it and for the keys themselves, and ends at its
 * tenant; `operator` is for what acts on everybody's work, and no other scope includes it.
 */
export const scopes = [
  "jobs:write",
  "jobs:read",
  "jobs:cancel",
  "batches:*",
  "webhooks:*",
  "admin",
  "operator",
] as const;

export type Scope = (typeof scopes)[number];

/** What a route asks for; `any`: a key, whatever its scopes. */
export type RequiredScope = Scope | "any";

/** Each key has two secrets, so that one can be exchanged while the other is in use. */
export const secretNames = ["primary", "secondary"] as const;
export type SecretName = (typeof secretNames)[number];

/** Whose key it is when nobody says. */
export const DEFAULT_TENANT = "default";

/** 1 to 63 lower-case letters, digits, `-` and `_`, with a letter or digit first and last. */
export const TENANT_PATTERN = /^[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?$/;

const RECORD_VERSION = "1";

const hashOfSecret = z.codec(z.hex().length(64), z.instanceof(Buffer), {
  decode: (text) => Buffer.from(text, "hex"),
  encode: (hash) => hash.toString("hex"),
});
/** With blanks between. */
const words = z.codec(z.string(), z.array(z.string()).readonly(), {
  decode: (text) => text.split(" "),
  encode: (list) => list.join(" "),
});

/** Fields of the record of an access key. */
export const accessKeyFields = new FieldTable({
  version: ["v", z.literal(RECORD_VERSION)],
  /** For people: what it is for. */
  name: ["n", z.string()],
  tenant: ["t", z.string()],
  /** At least one. */
  scopes: ["s", words.pipe(z.array(z.enum(scopes)).readonly())],
  /** The highest class of work: `interactive` is no limit. */
  ceiling: ["c", z.enum(jobClasses)],
  /** SHA-256 of each secret, 32 bytes. */
  primary: ["h1", hashOfSecret],
  secondary: ["h2", hashOfSecret],
  /** SHA-256 of what access tokens have of each; absent where no release has noted it. */
  primarySeal: ["z1", hashOfSecret.optional()],
  secondarySeal: ["z2", hashOfSecret.optional()],
  createdAtMs: ["ca", number],
  /** Names, or `name@version`; absent for all models. */
  models: ["m", words.optional()],
  /** Absent: it stays until it is revoked. */
  expiresAtMs: ["ea", number.optional()],
  /** Whose rights it has, as they are at any time; those above are only as they were then. Absent: its own. */
  role: ["r", z.string().optional()],
  /** To the minute. */
  lastUsedAtMs: ["ua", number.optional()],
});

/** A key as it is kept: of its secrets only the hashes. */
export interface AccessKey extends Omit<
  Decoded<typeof accessKeyFields.fields>,
  "version" | SecretName | `${SecretName}Seal`
> {
  /** `key_` and 26 characters. */
  readonly id: string;
  readonly hashes: Readonly<Record<SecretName, Buffer>>;
  readonly seals: Readonly<Partial<Record<SecretName, Buffer>>>;
}

/** What is asked for when a key is made. */
export type NewKey = Omit<AccessKey, "id" | "hashes" | "seals" | "createdAtMs" | "lastUsedAtMs">;

/** A key right after it was made: the only time that its tokens are in clear. */
export interface Issued {
  readonly key: AccessKey;
  readonly tokens: Readonly<Record<SecretName, string>>;
}

/** A key as the fields of its Redis hash. */
export function fieldsOf({ id: _id, hashes, seals, ...key }: AccessKey): string[] {
  const { primary: primarySeal, secondary: secondarySeal } = seals;
  const ofSecrets = { ...hashes, primarySeal, secondarySeal };
  return accessKeyFields.encode({ version: RECORD_VERSION, ...key, ...ofSecrets });
}

/** @throws {z.ZodError} when the fields are of another format */
export function keyOf(id: string, fields: Record<string, string>): AccessKey {
  const {
    version: _,
    primary,
    secondary,
    primarySeal,
    secondarySeal,
    ...key
  } = accessKeyFields.decode(fields);
  const seals = {
    ...(primarySeal && { primary: primarySeal }),
    ...(secondarySeal && { secondary: secondarySeal }),
  };
  return { id, ...key, hashes: { primary, secondary }, seals };
}
