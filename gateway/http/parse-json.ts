import type { z } from "zod";
import { fault, ScoringError } from "../../shared/error.ts";
import { schemaError } from "../../shared/model/faults.ts";
import { IN_PLAIN_WORDS } from "../../shared/plain-words.ts";
import { limitBroken } from "./json-limits.ts";

/** What a parsed body takes of the heap: about 60 bytes for each of the first, 100 for the second. */
const LIMITS = { depth: 32, containers: 2_000_000, members: 1_000_000 } as const;
const BROKEN = {
  containers: `more than ${LIMITS.containers} lists and objects`,
  members: `more than ${LIMITS.members} members of objects`,
} as const;

/** One for all: each holds native memory until a full collection, and bulk uploads would make millions. */
const utf8 = new TextDecoder("utf-8", { fatal: true });

/** JSON.parse makes it an own member; the schema library would drop it without a word. */
const FORBIDDEN_MEMBER = "__proto__";

/**
 * A body of JSON, as its schema has it.
 *
 * @throws {ScoringError} `invalid_json`, `payload_too_large`, `invalid_input` or `unknown_field`, each
 *   fault with its pointer
 */
export function parseBody<T>(schema: z.ZodType<T>, body: Buffer): T {
  return parseWith(schema, parseJson(body), "");
}

/** @param pointer where it stands in the body @throws {ScoringError} `invalid_input`, `unknown_field` */
export function parseWith<T>(schema: z.ZodType<T>, value: unknown, pointer: string): T {
  const parsed = schema.safeParse(value, IN_PLAIN_WORDS);
  if (parsed.success) return parsed.data;
  throw schemaError(parsed.error, pointer);
}

/**
 * @throws {ScoringError} `invalid_json`; `payload_too_large` for more than a heap should hold;
 *   `unknown_field` for what would be dropped without a word
 */
export function parseJson(body: Buffer): unknown {
  const broken = limitBroken(body, LIMITS);
  if (broken === "depth") {
    throw new ScoringError("invalid_json", `The JSON nests deeper than ${LIMITS.depth} levels.`);
  }
  if (broken !== undefined) {
    throw new ScoringError("payload_too_large", `The JSON has ${BROKEN[broken]}.`);
  }
  let text = "";
  let value: unknown;
  try {
    text = utf8.decode(body);
    value = JSON.parse(text);
  } catch (cause) {
    throw new ScoringError("invalid_json", `The body is not valid JSON${whereOf(cause, text)}.`);
  }
  if (text.includes(`"${FORBIDDEN_MEMBER}"`)) refuseForbidden(value, []);
  return value;
}

/** As Python's `json` writes floats that JSON has no numbers for. */
const AT_A_WORD = /^(?:Unexpected token '[NI]'|No number after minus sign)/;
const NOT_A_NUMBER = /[:,[]\s{0,20}-?(?:NaN|Infinity)\s{0,20}[,\]}]/;

const POSITION = / JSON at position (\d+)(?: \(line \d+ column \d+\))?$/;

/** What may be said of a parser's complaint: its own words often quote the body. */
function whereOf(cause: unknown, text: string): string {
  if (!(cause instanceof SyntaxError)) return ": it is not UTF-8";
  if (cause.message === "Unexpected end of JSON input") return ": it ends too early";
  if (AT_A_WORD.test(cause.message) && NOT_A_NUMBER.test(text))
    return ': NaN and Infinity are not JSON; write null, or "NaN"';
  const position = POSITION.exec(cause.message)?.[1];
  return position === undefined ? "" : ` (position ${position}, from 0)`;
}

/**
 * Depth is bounded by now. Goes on by index and `in`: `Object.entries` of a list makes a pair of each
 * element.
 *
 * @param trail members that lead here
 * @throws {ScoringError} `unknown_field`
 */
function refuseForbidden(value: unknown, trail: (string | number)[]): void {
  if (typeof value !== "object" || value === null) return;
  if (Object.hasOwn(value, FORBIDDEN_MEMBER)) {
    const pointer = [...trail, FORBIDDEN_MEMBER].map((part) => `/${part}`).join("");
    throw fault("unknown_field", pointer, "is not a known field");
  }
  if (Array.isArray(value)) {
    const items: readonly unknown[] = value;
    for (let i = 0; i < items.length; i++) goInto(items[i], i, trail);
  } else for (const name in value) goInto(Reflect.get(value, name), name, trail);
}

function goInto(member: unknown, name: string | number, trail: (string | number)[]): void {
  if (typeof member !== "object" || member === null) return;
  trail.push(name);
  refuseForbidden(member, trail);
  trail.pop();
}
