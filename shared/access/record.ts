import { z } from "zod";
import { jobClasses } from "../lane.ts";
import { FieldTable, number } from "../redis/fields.ts";
import { scopes, type AccessKey } from "./key.ts";

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
  name: ["n", z.string()],
  tenant: ["t", z.string()],
  scopes: ["s", words.pipe(z.array(z.enum(scopes)).readonly())],
  ceiling: ["c", z.enum(jobClasses)],
  primary: ["h1", hashOfSecret],
  secondary: ["h2", hashOfSecret],
  createdAtMs: ["ca", number],
  models: ["m", words.optional()],
  expiresAtMs: ["ea", number.optional()],
  lastUsedAtMs: ["ua", number.optional()],
});

/** A key as the fields of its Redis hash. */
export function fieldsOf({ id: _id, hashes, ...key }: AccessKey): string[] {
  return accessKeyFields.encode({ version: RECORD_VERSION, ...key, ...hashes });
}

/** @throws {z.ZodError} when the fields are of another format */
export function keyOf(id: string, fields: Record<string, string>): AccessKey {
  const { version: _, primary, secondary, ...key } = accessKeyFields.decode(fields);
  return { id, ...key, hashes: { primary, secondary } };
}
