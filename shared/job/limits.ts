import { ScoringError } from "../error.ts";
import { failure, type Outcome } from "./outcome.ts";

/**
 * What a client or the operator allows a job. Durations in ms, counted from when it was queued
 * (`startMs`, `totalMs`) or from when a worker took it (`attemptMs`).
 */
export interface JobLimits {
  /** Until a worker begins. */
  readonly startMs: number;
  /** For one attempt, from fetch to end. */
  readonly attemptMs: number;
  /** From queued to the end. */
  readonly totalMs: number;
  /** Further attempts after workers that died with it. */
  readonly retries: number;
  /** How long the ended job is kept, in seconds. */
  readonly retentionSeconds: number;
}

/** The record's field `l`: five integers, which Lua reads by their order. */
export function packLimits(limits: JobLimits): string {
  const { startMs, attemptMs, totalMs, retries, retentionSeconds } = limits;
  return `${startMs} ${attemptMs} ${totalMs} ${retries} ${retentionSeconds}`;
}

/** @throws when the text was not made by `packLimits` */
export function unpackLimits(text: string): JobLimits {
  const [startMs, attemptMs, totalMs, retries, retentionSeconds] = text.split(" ").map(Number);
  if (
    startMs === undefined ||
    attemptMs === undefined ||
    totalMs === undefined ||
    retries === undefined ||
    retentionSeconds === undefined
  ) {
    throw new TypeError(`not a job's limits: ${text}`);
  }
  return { startMs, attemptMs, totalMs, retries, retentionSeconds };
}

/** Where a job stands, as far as its deadlines go. Times are epoch ms. */
export interface Course {
  readonly status: "queued" | "running";
  readonly queuedAtMs: number;
  /** Also set on a job that a worker had begun and handed back. */
  readonly startedAtMs: number | undefined;
  readonly limits: JobLimits;
}

/** The deadline that has passed, the total one first: it is the one that cannot be helped. */
export type Overdue = "start" | "attempt" | "total";

/** @returns undefined while there is time left */
export function overdue(course: Course, nowMs: number): Overdue | undefined {
  const { status, queuedAtMs, startedAtMs, limits } = course;
  if (nowMs >= queuedAtMs + limits.totalMs) return "total";
  if (startedAtMs === undefined) {
    return nowMs >= queuedAtMs + limits.startMs ? "start" : undefined;
  }
  return status === "running" && nowMs >= startedAtMs + limits.attemptMs ? "attempt" : undefined;
}

/** How a job ends whose deadline has passed. */
export function overdueOutcome(passed: Overdue, limits: JobLimits): Outcome {
  switch (passed) {
    case "start": {
      const message = `No worker started the job within ${limits.startMs} ms.`;
      return failure(new ScoringError("start_timeout", message), undefined, "expired");
    }
    case "attempt": {
      const message = `The attempt did not end within ${limits.attemptMs} ms.`;
      return failure(new ScoringError("attempt_timeout", message));
    }
    case "total": {
      const message = `The job did not end within ${limits.totalMs} ms.`;
      return failure(new ScoringError("deadline_exceeded", message), undefined, "expired");
    }
  }
}
