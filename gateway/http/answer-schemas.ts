import { z } from "zod";

/** RFC 3339 in UTC; null for what has not come. */
export const timeSchema = z.iso.datetime().nullable();

/** A list. */
export function listSchema<T extends z.ZodType>(item: T) {
  return z.strictObject({ object: z.literal("list"), data: z.array(item) });
}

/** A page of a list, and where the next one begins. */
export function pageSchema<T extends z.ZodType>(item: T) {
  return listSchema(item).extend({ next_cursor: z.string().nullable() });
}
