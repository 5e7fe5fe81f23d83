import { isTerminal, type JobView, type WebhookState } from "../../shared/job/record.ts";
import type { Standing } from "./standing.ts";

export interface JobJsonOptions {
  /** Undefined for a job that has ended. */
  readonly standing?: Standing | undefined;
  /** Lists leave outputs out: `urls.result` has them. */
  readonly isBrief?: boolean;
}

/**
 * A job as clients see it, as JSON text. Output, error, metrics and metadata are stored as JSON and
 * are spliced in as they are: parsing and re-making megabytes to put them in an envelope would cost
 * more than all the rest of an answer.
 */
export function jobJson(job: JobView, options: JobJsonOptions = {}): string {
  const { standing, isBrief = false } = options;
  const outputName = job.form === "one" ? "output" : "outputs";
  const members = [
    `"id":"${job.id}","object":"job","status":"${job.status}"`,
    ...(isTerminal(job.status) ? [] : [`"phase":"${standing?.phase ?? phaseOf(job)}"`]),
    `"model":${JSON.stringify(job.model)},"attempt":${job.attempt},"priority":"${job.class}"`,
    `"metadata":${job.metadata ?? "null"}`,
    `"queue":${standing?.queue === undefined ? "null" : JSON.stringify(standing.queue)}`,
    ...(isBrief ? [] : [`"${outputName}":${job.output ?? "null"}`]),
    `"error":${job.error ?? "null"}`,
    `"metrics":${job.metrics ?? "null"}`,
    ...(job.history === undefined ? [] : [`"attempts":${attemptsJson(job.history)}`]),
    `"created_at":${time(job.createdAtMs)},"started_at":${time(job.startedAtMs)}`,
    `"completed_at":${time(job.endedAtMs)},"expires_at":${time(job.expiresAtMs)}`,
    `"deadline_at":${time(deadlineMs(job))}`,
    `"cancel_requested_at":${time(job.status === "canceled" ? job.endedAtMs : undefined)}`,
    ...(job.webhook === undefined ? [] : [`"webhook":${webhookJson(job.webhook)}`]),
    `"urls":${urlsJson(job)}`,
  ];
  return `{${members.join(",")}}`;
}

function phaseOf(job: JobView): string {
  if (job.status === "queued") return "waiting";
  return job.isInRun ? "running" : "batching";
}

/** What may be done with it next is among them. */
function urlsJson({ id, status }: JobView): string {
  const self = `/v1/jobs/${id}`;
  return JSON.stringify({
    self,
    result: `${self}/result`,
    events: `${self}/events`,
    ...(isTerminal(status) ? {} : { cancel: `${self}/cancel` }),
    ...(isTerminal(status) && status !== "succeeded" ? { retry: `${self}/retry` } : {}),
  });
}

function webhookJson({ status, attempts, nextAttemptAtMs, lastStatus }: WebhookState): string {
  const due = time(nextAttemptAtMs);
  return `{"status":"${status}","attempts":${attempts},"next_attempt_at":${due},"last_status":${lastStatus ?? "null"}}`;
}

/** Total deadline of this attempt, which a retry begins anew. */
function deadlineMs({ limits, queuedAtMs }: JobView): number | undefined {
  return limits === undefined ? undefined : queuedAtMs + limits.totalMs;
}

interface EndedAttempt {
  readonly attempt: number;
  readonly status: string;
  readonly started_at_ms: number | null;
  readonly completed_at_ms: number;
  readonly error: unknown;
}

/** What earlier attempts ended with, oldest first; `retry.lua` wrote it. */
function attemptsJson(history: string): string {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  const attempts = JSON.parse(`[${history}]`) as readonly EndedAttempt[];
  return JSON.stringify(
    attempts.map(({ attempt, status, error, ...it }) => ({
      attempt,
      status,
      error,
      started_at: it.started_at_ms === null ? null : new Date(it.started_at_ms).toISOString(),
      completed_at: new Date(it.completed_at_ms).toISOString(),
    })),
  );
}

/** RFC 3339 in UTC with milliseconds, as JSON. */
function time(ms: number | undefined): string {
  return ms === undefined ? "null" : `"${new Date(ms).toISOString()}"`;
}

/** Changes whenever what `jobJson` says of the job's course does. */
export function jobEtag(job: JobView): string {
  return `"${job.attempt}-${job.status}${job.isInRun ? "-running" : ""}"`;
}
