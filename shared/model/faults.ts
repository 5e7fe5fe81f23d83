import type { z } from "zod";
import { ScoringError, type Fault } from "../error.ts";

/**
 * Turns a schema's complaint into our error: `unknown_field` when all that is wrong are members
 * nobody knows, else `invalid_input`. Every fault is named with its JSON Pointer.
 *
 * @param base pointer of what was parsed, e.g. `/inputs/3`
 */
export function schemaError(error: z.ZodError, base: string): ScoringError {
  const faults = error.issues.flatMap((issue) => faultsOf(issue, base));
  const onlyUnknown = error.issues.every((issue) => issue.code === "unrecognized_keys");
  const detail = faults
    .map(({ pointer = "", detail: what }) => (pointer === "" ? what : `${pointer}: ${what}`))
    .join("; ");
  return new ScoringError(onlyUnknown ? "unknown_field" : "invalid_input", detail, { faults });
}

function faultsOf(issue: z.core.$ZodIssue, base: string): Fault[] {
  const pointer = base + issue.path.map((part) => `/${escape(String(part))}`).join("");
  if (issue.code !== "unrecognized_keys") return [{ detail: issue.message, pointer }];
  return issue.keys.map((key) => ({
    detail: "is not a member known here",
    pointer: `${pointer}/${escape(key.slice(0, 100))}`,
  }));
}

/** RFC 6901, section 3. */
function escape(part: string): string {
  return part.replaceAll("~", "~0").replaceAll("/", "~1");
}
