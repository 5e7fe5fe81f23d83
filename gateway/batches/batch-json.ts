import type { BatchView } from "../../shared/batch/fields.ts";
import { hasEnded, outcomeOf } from "../../shared/batch/record.ts";
import { timeText } from "../../shared/job/job-text.ts";

/**
 * A batch as clients see it, as JSON text.
 *
 * @param results lines of results to put in; undefined for none
 */
export function batchJson(batch: BatchView, results?: readonly string[]): string {
  const { id, status, counts } = batch;
  const self = `/v1/batches/${id}`;
  const ended = hasEnded(status);
  const outcome = ended ? outcomeOf(counts) : null;
  const members = [
    `"id":"${id}","object":"batch","status":"${status}","outcome":${JSON.stringify(outcome)}`,
    `"model":${JSON.stringify(batch.model)},"attempt":${batch.attempt},"priority":"${batch.class}"`,
    `"metadata":${batch.metadata ?? "null"}`,
    `"received":${counts.total},"counts":${JSON.stringify(counts)}`,
    `"max_failed":${batch.limits.maxFailed ?? "null"}`,
    `"error":${batch.error ?? "null"}`,
    `"created_at":${timeText(batch.createdAtMs)},"closed_at":${timeText(batch.closedAtMs)}`,
    `"started_at":${timeText(batch.startedAtMs)},"completed_at":${timeText(batch.endedAtMs)}`,
    `"expires_at":${timeText(batch.expiresAtMs)}`,
    `"urls":${JSON.stringify({
      self,
      results: `${self}/results`,
      events: `${self}/events`,
      ...(status === "validating" ? { items: `${self}/items`, close: `${self}/close` } : {}),
      ...(ended ? {} : { cancel: `${self}/cancel` }),
      ...(ended && batch.closedAtMs !== undefined && counts.succeeded < counts.total
        ? { retry: `${self}/retry` }
        : {}),
    })}`,
    ...(results === undefined
      ? []
      : [`"results":[${results.map((it) => it.trimEnd()).join(",")}]`]),
  ];
  return `{${members.join(",")}}`;
}

/** Changes with everything that `batchJson` shows, but for `expires_at`. */
export function batchEtag({ id, status, attempt, counts }: BatchView): string {
  const { total, running, succeeded, failed, canceled, expired } = counts;
  const state = [status, attempt, total, running, succeeded, failed, canceled, expired].join("-");
  return `"${id}-${state}"`;
}
