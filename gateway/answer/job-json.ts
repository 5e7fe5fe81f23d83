import type { JobView } from "../../shared/job/record.ts";
import { isTerminal } from "../../shared/job/record.ts";

/**
 * A job as clients see it, as JSON text. Output, error, metrics and metadata are stored as JSON and
 * are spliced in as they are: parsing and re-making megabytes to put them in an envelope would cost
 * more than all the rest of an answer.
 */
export function jobJson(job: JobView): string {
  const urls = {
    self: `/v1/jobs/${job.id}`,
    result: `/v1/jobs/${job.id}/result`,
    cancel: `/v1/jobs/${job.id}/cancel`,
  };
  const outputName = job.form === "one" ? "output" : "outputs";
  const members = [
    `"id":"${job.id}","object":"job","status":"${job.status}"`,
    `"model":${JSON.stringify(job.model)},"attempt":${job.attempt},"priority":"${job.class}"`,
    `"metadata":${job.metadata ?? "null"}`,
    ...(isTerminal(job.status)
      ? []
      : [`"phase":"${job.status === "queued" ? "waiting" : "running"}"`]),
    `"${outputName}":${job.output ?? "null"}`,
    `"error":${job.error ?? "null"}`,
    `"metrics":${job.metrics ?? "null"}`,
    `"created_at":${time(job.createdAtMs)},"started_at":${time(job.startedAtMs)}`,
    `"completed_at":${time(job.endedAtMs)},"expires_at":${time(job.expiresAtMs)}`,
    `"urls":${JSON.stringify(urls)}`,
  ];
  return `{${members.join(",")}}`;
}

/** RFC 3339 in UTC with milliseconds, as JSON. */
function time(ms: number | undefined): string {
  return ms === undefined ? "null" : `"${new Date(ms).toISOString()}"`;
}

/** Changes whenever what `jobJson` says of the job's course does. */
export function jobEtag(job: JobView): string {
  return `"${job.attempt}-${job.status}"`;
}
