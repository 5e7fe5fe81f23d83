import { z } from "zod";
import { schemaError } from "../../shared/model/faults.ts";
import { IN_PLAIN_WORDS } from "../../shared/plain-words.ts";

/**
 * Parses what a client wrote in fewer levels than its schema has: faults are told of what was written.
 *
 * @param at where it stands, and how many levels of it the client wrote
 * @throws {ScoringError} `invalid_input`, `unknown_field`
 */
export function parseShort<T>(
  schema: z.ZodType<T>,
  value: unknown,
  at: { readonly pointer: string; readonly levels: number },
): T {
  const parsed = schema.safeParse(value, IN_PLAIN_WORDS);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map((issue) => ({
    ...issue,
    path: issue.path.slice(0, at.levels),
  }));
  throw schemaError(new z.ZodError(issues), at.pointer);
}
