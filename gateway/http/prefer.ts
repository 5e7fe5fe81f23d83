import type { Context } from "hono";
import { badParameter } from "../../shared/error.ts";
import { keepingLast } from "../../shared/keeping-last.ts";
import { headerOf } from "./header.ts";

export interface WaitLimits {
  /** Used when the client wants to wait and says not how long; seconds. */
  readonly defaultSeconds: number;
  /** Longer waits are cut to this; seconds. */
  readonly maxSeconds: number;
}

/** What the client prefers, as far as it is granted. */
export interface Preference {
  /** 0: answer at once. */
  readonly waitMs: number;
  /** Value of `Preference-Applied`; undefined when nothing was asked for. */
  readonly applied: string | undefined;
  /** `return=minimal`: no job in the answer to a create. */
  readonly isMinimal: boolean;
}

/** With another wait where a request says not how long. @param defaultMs undefined to leave it */
export function waitLimits(limits: WaitLimits, defaultMs: number | undefined): WaitLimits {
  if (defaultMs === undefined) return limits;
  return { ...limits, defaultSeconds: Math.min(defaultMs / 1000, limits.maxSeconds) };
}

/** What a request prefers. @throws {ScoringError} `invalid_input` */
export function preferenceOf(c: Context, limits: WaitLimits): Preference {
  return readPreference(headerOf(c, "prefer"), c.req.query("wait"), limits);
}

/**
 * Reads `Prefer` (RFC 7240) and its alias `?wait=`; the header wins. What is not known in the header
 * is ignored, as the RFC wants; a wait out of range is cut, and `applied` says so.
 *
 * @throws {ScoringError} `invalid_input` when `?wait=` is no number of seconds
 */
export function readPreference(
  header: string | undefined,
  query: string | undefined,
  limits: WaitLimits,
): Preference {
  const { wait, isAsync, isMinimal } = wishesIn(header ?? "");
  const seconds = secondsOf(wait, limits) ?? secondsOf(query, limits);
  if (seconds === undefined && query !== undefined) {
    const message = "?wait= must be a number of seconds.";
    throw badParameter("wait", message, "is not a number of seconds");
  }
  let applied = isAsync ? ", respond-async" : "";
  if (seconds !== undefined) applied += `, wait=${seconds}`;
  if (isMinimal) applied += ", return=minimal";
  return {
    waitMs: (seconds ?? 0) * 1000,
    applied: applied === "" ? undefined : applied.slice(2),
    isMinimal,
  };
}

/** What is known in the header, which clients repeat: one says the same at every request. */
const wishesIn = keepingLast((header) => {
  const all = header.split(/[,;]/).map((token): [string, string] => {
    const [name = "", value = ""] = token.split("=");
    return [name.trim().toLowerCase(), value.trim().replaceAll('"', "")];
  });
  // Of what is said twice, the first counts.
  const tokens = new Map(all.toReversed());
  return {
    wait: tokens.get("wait"),
    isAsync: tokens.has("respond-async"),
    isMinimal: tokens.get("return") === "minimal",
  };
});

/** @returns undefined when there is none, or what it says is no number */
function secondsOf(
  value: string | undefined,
  { defaultSeconds, maxSeconds }: WaitLimits,
): number | undefined {
  if (value === "") return defaultSeconds;
  if (value === undefined || !/^-?\d+(?:\.\d+)?$/.test(value)) return undefined;
  return Math.min(Math.max(Number(value), 0), maxSeconds);
}

/** Whether `Prefer` asks for bad items to be recorded as failed ones (RFC 7240, section 4.4). */
export function isLenient(prefer: string | undefined): boolean {
  return (prefer ?? "")
    .split(/[,;]/)
    .some((token) => /^\s*handling\s*=\s*"?lenient"?\s*$/i.test(token));
}
