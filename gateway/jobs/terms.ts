import { z } from "zod";
import type { Definition } from "../../shared/endpoint/definition.ts";
import { badParameter, fault } from "../../shared/error.ts";
import type { JobLimits } from "../../shared/job/limits.ts";
import type { Manifest } from "../../shared/model/manifest.ts";
import type { JobClass } from "../../shared/lane.ts";

/** Longest that a job may be allowed to take, in ms: 7 days. */
const TIMEOUT_MS_MAX = 604_800_000;
/** Longest that an ended job may be kept, in ms: 24 hours. */
const RETENTION_MS_MAX = 86_400_000;
const RETRIES_MAX = 10;

const durationMs = z.int().min(1).max(TIMEOUT_MS_MAX);

/** Members of a JSON create request that say how long, how often, and for whom. */
export const termMembers = {
  timeouts: z
    .strictObject({
      start_ms: durationMs.optional().describe("Until a worker starts it, else `start_timeout`."),
      attempt_ms: durationMs.optional().describe("For one attempt, else `attempt_timeout`."),
      total_ms: durationMs.optional().describe("Until the end, else `deadline_exceeded`."),
    })
    .optional()
    .describe("In ms. They end the job, whatever its status."),
  retries: z
    .int()
    .min(0)
    .max(RETRIES_MAX)
    .optional()
    .describe("Further attempts after a worker is lost while it has the job."),
  on_disconnect: z
    .enum(["continue", "cancel"])
    .default("continue")
    .describe("What happens to the job when the waiting client disconnects."),
  retention_ms: z
    .int()
    .min(1000)
    .max(RETENTION_MS_MAX)
    .optional()
    .describe("How long the ended job is kept."),
};

/** What a request asks for beside the scoring itself; undefined members are the operator's choice. */
export interface Terms {
  readonly startMs?: number | undefined;
  /** Whatever `startMs` is, or the default. */
  readonly startMsMax?: number | undefined;
  readonly attemptMs?: number | undefined;
  readonly totalMs?: number | undefined;
  readonly retries?: number | undefined;
  readonly retentionMs?: number | undefined;
  readonly cancelsOnDisconnect?: boolean;
}

type TermRequest = z.infer<z.ZodObject<typeof termMembers>>;

export function termsOf(request: TermRequest): Terms {
  return {
    startMs: request.timeouts?.start_ms,
    attemptMs: request.timeouts?.attempt_ms,
    totalMs: request.timeouts?.total_ms,
    retries: request.retries,
    retentionMs: request.retention_ms,
    cancelsOnDisconnect: request.on_disconnect === "cancel",
  };
}

type EndpointDefaults = Definition["defaults"] | undefined;

/** What is asked for, with what the endpoint says of the rest. It never waits longer than that allows. */
export function withDefaults(terms: Terms, defaults: EndpointDefaults): Terms {
  if (defaults === undefined) return terms;
  const { timeouts, max_queue_wait_ms: waitMs } = defaults;
  return {
    ...terms,
    startMs: terms.startMs ?? timeouts.start_ms,
    attemptMs: terms.attemptMs ?? timeouts.attempt_ms,
    totalMs: terms.totalMs ?? timeouts.total_ms,
    startMsMax: waitMs ?? undefined,
  };
}

/** Undefined for the highest that the key may ask for, which is what `interactive` would give. */
export function preferredClass(defaults: EndpointDefaults): JobClass | undefined {
  return defaults?.priority === "bulk" ? "bulk" : undefined;
}

/** The operator's defaults, in ms. Bulk work has only a total: it is meant to wait. */
export interface LimitDefaults {
  readonly startMs: number;
  readonly attemptMs: number;
  readonly totalMs: number;
  readonly bulkTotalMs: number;
  readonly retentionMs: number;
}

/**
 * Retries that a request does not name: none ends a job before quarantine has found out whose fault
 * it is, two attempts in company and three alone (decision 0006).
 */
const RETRIES_DEFAULT = 5;

/** A job that is re-run alone twice after a run in company needs three runs' time. */
const RUNS_AN_ATTEMPT = 3;

export function limitsOf(
  terms: Terms,
  defaults: LimitDefaults,
  jobClass: JobClass,
  manifest: Manifest,
): JobLimits {
  const defaultTotalMs = jobClass === "bulk" ? defaults.bulkTotalMs : defaults.totalMs;
  const totalMs = terms.totalMs ?? defaultTotalMs;
  const defaultStartMs = jobClass === "bulk" ? totalMs : defaults.startMs;
  const runsMs = manifest.run_timeout_ms * RUNS_AN_ATTEMPT;
  return {
    startMs: Math.min(terms.startMs ?? defaultStartMs, terms.startMsMax ?? Infinity),
    attemptMs: terms.attemptMs ?? Math.max(defaults.attemptMs, runsMs),
    totalMs,
    retries: terms.retries ?? RETRIES_DEFAULT,
    retentionSeconds: Math.ceil((terms.retentionMs ?? defaults.retentionMs) / 1000),
  };
}

/**
 * `Cancel-After`: seconds, or with a unit, `90s`, `1m`, `2h`.
 *
 * @returns milliseconds; undefined when the header is absent
 * @throws {ScoringError} `invalid_input` when it is no such duration, or beyond 7 days
 */
export function readCancelAfter(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  const [, digits = "", unit = "s"] = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(header.trim()) ?? [];
  const ms = Math.round(Number(digits) * (UNITS[unit] ?? 1000));
  if (digits !== "" && ms >= 1 && ms <= TIMEOUT_MS_MAX) return ms;
  const message = "Cancel-After must be a duration: 30, 90s, 1m or 2h.";
  throw badParameter("Cancel-After", message, "is not a duration from 1 ms to 7 days");
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** @throws {ScoringError} `invalid_input`: it can only mean the connection that waits */
export function checkDisconnect(terms: Terms, waitMs: number): void {
  if (terms.cancelsOnDisconnect !== true || waitMs > 0) return;
  const detail = "is `cancel`, which needs a waiting request: add Prefer: wait";
  throw fault("invalid_input", "/on_disconnect", detail);
}
