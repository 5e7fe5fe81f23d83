import type { z } from "zod";
import { ScoringError } from "../error.ts";
import { FAULTS_MAX, type Fault } from "../fault.ts";

/** UTF-16 units of a member's name that a pointer keeps: names are the client's, and may be megabytes. */
const NAME_MAX = 100;

/**
 * Turns a schema's complaint into our error: `unknown_field` when all that is wrong are members
 * nobody knows, else `invalid_input`. Faults are named with their JSON Pointers, the first 100 of them.
 *
 * @param base pointer of what was parsed, e.g. `/inputs/3`
 */
export function schemaError(error: z.ZodError, base: string): ScoringError {
  const faults: Fault[] = [];
  let found = 0;
  for (const issue of error.issues) {
    found += issue.code === "unrecognized_keys" ? issue.keys.length : 1;
    if (faults.length < FAULTS_MAX)
      faults.push(...faultsOf(issue, base, FAULTS_MAX - faults.length));
  }
  const onlyUnknown = error.issues.every((issue) => issue.code === "unrecognized_keys");
  const detail = faults
    .map(({ pointer = "", detail: what }) => (pointer === "" ? what : `${pointer}: ${what}`))
    .join("; ");
  const code = onlyUnknown ? "unknown_field" : "invalid_input";
  return new ScoringError(code, detail, { faults, unlisted: found - faults.length });
}

function faultsOf(issue: z.core.$ZodIssue, base: string, most: number): Fault[] {
  const pointer = base + issue.path.map((part) => pointerTo(String(part))).join("");
  if (issue.code !== "unrecognized_keys") return [{ detail: issue.message, pointer }];
  return issue.keys.slice(0, most).map((key) => ({
    detail: "is not a known field",
    pointer: pointer + pointerTo(key),
  }));
}

/** The pointer to a member, of an object that has it (RFC 6901, section 3). */
export function pointerTo(member: string): string {
  return `/${member.slice(0, NAME_MAX).replaceAll("~", "~0").replaceAll("/", "~1")}`;
}
