import type { Context } from "hono";
import { ScoringError } from "../../shared/error.ts";

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

/** What a request prefers. @throws {ScoringError} `invalid_input` */
export function preferenceOf(c: Context, limits: WaitLimits): Preference {
  return readPreference(c.req.header("prefer"), c.req.query("wait"), limits);
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
  const tokens = new Map(
    (header ?? "").split(/[,;]/).map((token) => {
      const [name = "", value = ""] = token.split("=");
      return [name.trim().toLowerCase(), value.trim().replaceAll('"', "")];
    }),
  );
  const seconds = headerSeconds(tokens.get("wait"), limits) ?? querySeconds(query, limits);
  const isMinimal = tokens.get("return") === "minimal";
  const applied = [
    ...(tokens.has("respond-async") ? ["respond-async"] : []),
    ...(seconds === undefined ? [] : [`wait=${seconds}`]),
    ...(isMinimal ? ["return=minimal"] : []),
  ].join(", ");
  return {
    waitMs: (seconds ?? 0) * 1000,
    applied: applied === "" ? undefined : applied,
    isMinimal,
  };
}

function headerSeconds(value: string | undefined, limits: WaitLimits): number | undefined {
  if (value === undefined) return undefined;
  if (value === "") return limits.defaultSeconds;
  return /^-?\d+(?:\.\d+)?$/.test(value) ? clamp(Number(value), limits) : undefined;
}

function querySeconds(value: string | undefined, limits: WaitLimits): number | undefined {
  if (value === undefined) return undefined;
  if (value === "") return limits.defaultSeconds;
  if (/^-?\d+(?:\.\d+)?$/.test(value)) return clamp(Number(value), limits);
  throw new ScoringError("invalid_input", "?wait= must be a number of seconds.", {
    faults: [{ detail: "is not a number of seconds", parameter: "wait" }],
  });
}

function clamp(seconds: number, { maxSeconds }: WaitLimits): number {
  return Math.min(Math.max(seconds, 0), maxSeconds);
}

/** Whether `Prefer` asks for bad items to be recorded as failed ones (RFC 7240, section 4.4). */
export function isLenient(prefer: string | undefined): boolean {
  return (prefer ?? "")
    .split(/[,;]/)
    .some((token) => /^\s*handling\s*=\s*"?lenient"?\s*$/i.test(token));
}
