import { z } from "zod";

/**
 * A record of at most so many members, which are counted before any of them is looked at: the schema
 * library would complain of each of a million. It is described as the record is.
 */
export function cappedRecord<T extends z.ZodRecord>(
  record: T,
  most: number,
): z.ZodPipe<z.ZodUnknown, T> {
  const { $schema: _, ...described } = z.toJSONSchema(record, { io: "input" });
  const message = `has more than ${most} members`;
  return z
    .unknown()
    .meta(described)
    .refine((value) => !hasMoreMembers(value, most), message)
    .pipe(record);
}

/** What callers say of a job or batch for themselves. */
export const metadataSchema = cappedRecord(
  z.record(z.string().max(64), z.union([z.string().max(512), z.number(), z.boolean()])),
  16,
);

/** A list is none, and would name all its indexes first. */
function hasMoreMembers(value: unknown, most: number): boolean {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  let count = 0;
  for (const _ in value) {
    count += 1;
    if (count > most) return true;
  }
  return false;
}
