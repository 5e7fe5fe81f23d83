import type { z } from "zod";

type RawIssue = z.core.$ZodRawIssue;

/** What a value must be, by the schema library's own word for it. */
const KINDS: Readonly<Record<string, string>> = {
  string: "a text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  tuple: "a list",
  object: "an object",
  record: "an object",
  null: "null",
};

/** How a size is counted, by what has it. */
const UNITS: Readonly<Record<string, string>> = {
  string: "character",
  array: "element",
};

/**
 * What is wrong with a value, as our other sentences say it, where its schema has no words of its own:
 * the library's are for programmers. For `safeParse`.
 */
export const IN_PLAIN_WORDS: { readonly error: z.core.$ZodErrorMap } = Object.freeze({
  error: (issue) => sentence(issue),
});

/** @returns undefined for what the library has to say itself */
function sentence(issue: RawIssue): string | undefined {
  switch (issue.code) {
    case "invalid_type":
      return ofType(issue.expected, issue.input === undefined);
    case "invalid_value":
      return must(`be ${oneOf(issue.values.map((value) => JSON.stringify(value)))}`, issue);
    case "too_small":
      return must(bound("at least", issue.minimum, issue), issue);
    case "too_big":
      return must(bound("at most", issue.maximum, issue), issue);
    case "not_multiple_of":
      return `must be a multiple of ${issue.divisor}`;
    case "invalid_format":
      return issue.format === "regex"
        ? `must match ${issue.pattern}`
        : `must be a valid ${issue.format}`;
    case "invalid_union":
      return ofChoice(issue.errors.flatMap(([first]) => first?.message ?? []));
    case "invalid_key":
      return `is a name that ${issue.issues[0]?.message}`;
    case "custom":
    case "invalid_element":
    case "unrecognized_keys":
      return undefined;
  }
}

function ofType(expected: string, isMissing: boolean): string {
  const what = `must be ${KINDS[expected] ?? `a valid ${expected}`}`;
  return isMissing ? `is missing: ${what}` : what;
}

/** @param faults of each form, the first of it */
function ofChoice(faults: readonly string[]): string {
  const whats = faults.map((one) => one.replace(/^must be /, ""));
  if (faults.length === 0) return "has none of the forms that are known";
  const isAlike = faults.every((one, i) => one !== whats[i]);
  return isAlike ? `must be ${oneOf(whats)}` : oneOf(faults);
}

function must(what: string, { input }: RawIssue): string {
  return input === undefined ? `is missing: must ${what}` : `must ${what}`;
}

function bound(
  word: "at least" | "at most",
  limit: number | bigint,
  { origin = "", inclusive = true }: { readonly origin?: string; readonly inclusive?: boolean },
): string {
  const unit = UNITS[origin];
  if (unit !== undefined) return `have ${word} ${limit} ${unit}${limit === 1 ? "" : "s"}`;
  if (inclusive) return `be ${word} ${limit}`;
  return `be ${word === "at least" ? "more" : "less"} than ${limit}`;
}

/** `a`, `a or b`, `a, b or c`; each once. */
export function oneOf(all: readonly string[]): string {
  const some = [...new Set(all)];
  const last = some.pop() ?? "";
  return some.length === 0 ? last : `${some.join(", ")} or ${last}`;
}
