import { z } from "zod";
import { jobClasses } from "../lane.ts";
import { scopes, secretNames, type AccessKey } from "./key.ts";

/** Where the hash of each secret stands in the record. */
export const HASH_FIELDS = { primary: "h1", secondary: "h2" } as const;

const RECORD_VERSION = "1";

const hashSchema = z
  .hex()
  .length(64)
  .transform((text) => Buffer.from(text, "hex"));
const listSchema = z.string().transform((text) => text.split(" "));

/**
 * Fields of a record: `v` format (1) · `n` name · `t` tenant · `s` scopes and `m` models, separated
 * by blanks · `c` ceiling · `h1` `h2` SHA-256 of the primary and the secondary secret, in hex · `ca`
 * created · `ea` expires · `ua` last used. Times are epoch ms; `m`, `ea` and `ua` may be absent.
 */
const recordSchema = z.object({
  v: z.literal(RECORD_VERSION),
  n: z.string(),
  t: z.string(),
  s: listSchema.pipe(z.array(z.enum(scopes))),
  m: listSchema.optional(),
  c: z.enum(jobClasses),
  h1: hashSchema,
  h2: hashSchema,
  ca: z.coerce.number(),
  ea: z.coerce.number().optional(),
  ua: z.coerce.number().optional(),
});

/** A key as the fields of its Redis hash. */
export function fieldsOf(key: AccessKey): Record<string, string | number> {
  return {
    v: RECORD_VERSION,
    n: key.name,
    t: key.tenant,
    s: key.scopes.join(" "),
    c: key.ceiling,
    ...Object.fromEntries(
      secretNames.map((name) => [HASH_FIELDS[name], key.hashes[name].toString("hex")]),
    ),
    ca: key.createdAtMs,
    ...(key.models === undefined ? {} : { m: key.models.join(" ") }),
    ...(key.expiresAtMs === undefined ? {} : { ea: key.expiresAtMs }),
  };
}

/** @throws {z.ZodError} when the fields are of another format */
export function keyOf(id: string, fields: Record<string, string>): AccessKey {
  const { n, t, s, m, c, h1, h2, ca, ea, ua } = recordSchema.parse(fields);
  return {
    id,
    name: n,
    tenant: t,
    scopes: s,
    models: m,
    ceiling: c,
    hashes: { primary: h1, secondary: h2 },
    createdAtMs: ca,
    expiresAtMs: ea,
    lastUsedAtMs: ua,
  };
}
