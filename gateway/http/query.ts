import { z } from "zod";
import { ScoringError } from "../../shared/error.ts";
import { IN_PLAIN_WORDS } from "../../shared/plain-words.ts";

const time = z
  .string()
  .refine((text) => !Number.isNaN(Date.parse(text)), "is not a time like 2026-01-05T10:00:00Z")
  .transform((text) => Date.parse(text));

/** Query members of every list. */
export const listMembers = {
  created_after: time.optional().describe("Only those created later (RFC 3339)."),
  created_before: time.optional().describe("Only those created earlier (RFC 3339)."),
  limit: z.coerce.number().int().min(1).max(100).default(20),
  cursor: z.string().optional().describe("`next_cursor` of the previous page."),
};

export type ListQuery = z.infer<z.ZodObject<typeof listMembers>>;

/** @throws {ScoringError} `invalid_input`, `unknown_field`, naming each parameter at fault */
export function readQuery<T>(schema: z.ZodType<T>, given: Readonly<Record<string, unknown>>): T {
  const parsed = schema.safeParse(given, IN_PLAIN_WORDS);
  if (parsed.success) return parsed.data;
  // Node holds the head of a request to 16 KiB: there are some thousand faults at most.
  const faults = parsed.error.issues.flatMap((issue) =>
    issue.code === "unrecognized_keys"
      ? issue.keys.map((key) => ({ detail: "is not known", parameter: key.slice(0, 100) }))
      : [{ detail: issue.message, parameter: String(issue.path[0] ?? "") }],
  );
  const isUnknown = parsed.error.issues.some(({ code }) => code === "unrecognized_keys");
  const message = faults.map(({ parameter, detail }) => `?${parameter}= ${detail}`).join("; ");
  throw new ScoringError(isUnknown ? "unknown_field" : "invalid_input", message, { faults });
}

/** Query strings and forms know no numbers; what looks like one is one. */
export function numberOr(text: string): number | string {
  return /^-?\d+(?:\.\d+)?$/.test(text) ? Number(text) : text;
}

/** Whether something of this model passes a list's filter. @param asked undefined for any */
export function isOfModel(model: string, asked: string | undefined): boolean {
  return asked === undefined || model === asked || model.split("@")[0] === asked;
}
