import { earlierAttempts, jobText, timeText } from "../../shared/job/job-text.ts";
import { isTerminal, type JobView, type WebhookState } from "../../shared/job/view.ts";
import { rfc3339 } from "../../shared/rfc3339.ts";
import type { Standing } from "./standing.ts";

export interface JobJsonOptions {
  /** Undefined for a job that has ended. */
  readonly standing?: Standing | undefined;
  /** Lists leave outputs out: `urls.result` has them. */
  readonly isBrief?: boolean;
  /** A large output is left out as well, unless who asks fills `OUTPUT_HOLE` with it. */
  readonly fillsHole?: boolean;
}

/** A job as clients see it, as JSON text. */
export function jobJson(job: JobView, options: JobJsonOptions = {}): string {
  const { standing, isBrief = false, fillsHole = false } = options;
  return jobText(job, job, {
    status: isTerminal(job.status) ? undefined : `"phase":"${standing?.phase ?? phaseOf(job)}"`,
    metadata: `"queue":${JSON.stringify(standing?.queue ?? null)}`,
    hasOutput: !isBrief && (job.largeOutput === undefined || fillsHole),
    metrics: job.history === undefined ? undefined : `"attempts":${attemptsText(job.history)}`,
    completed_at: endMembers(job),
    urls: movesOf(job),
  });
}

function endMembers(job: JobView): string {
  const canceledAtMs = job.status === "canceled" ? job.endedAtMs : undefined;
  const webhook = job.webhook === undefined ? "" : `,"webhook":${webhookText(job.webhook)}`;
  return (
    `"expires_at":${timeText(job.expiresAtMs)},"deadline_at":${timeText(deadlineMs(job))}` +
    `,"cancel_requested_at":${timeText(canceledAtMs)}${webhook}`
  );
}

function phaseOf(job: JobView): string {
  return job.status === "queued" ? "waiting" : "running";
}

/** What may be done with it next. */
function movesOf({ id, status }: JobView): Record<string, string> {
  if (!isTerminal(status)) return { cancel: `/v1/jobs/${id}/cancel` };
  return status === "succeeded" ? {} : { retry: `/v1/jobs/${id}/retry` };
}

function webhookText({ status, attempts, nextAttemptAtMs, lastStatus }: WebhookState): string {
  return JSON.stringify({
    status,
    attempts,
    next_attempt_at: rfc3339(nextAttemptAtMs),
    last_status: lastStatus ?? null,
  });
}

/** Total deadline of this attempt, which a retry begins anew. */
function deadlineMs({ limits, queuedAtMs }: JobView): number | undefined {
  return limits === undefined ? undefined : queuedAtMs + limits.totalMs;
}

/** What earlier attempts ended with, oldest first. */
function attemptsText(history: string): string {
  return JSON.stringify(
    earlierAttempts(history).map(({ attempt, status, error, ...it }) => ({
      attempt,
      status,
      error,
      started_at: rfc3339(it.started_at_ms),
      completed_at: rfc3339(it.completed_at_ms),
    })),
  );
}

/** Changes whenever what `jobJson` says of the job's course does. */
export function jobEtag(job: JobView): string {
  return `"${job.attempt}-${job.status}"`;
}
