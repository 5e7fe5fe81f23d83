import { hasEnded, type BatchView } from "../../shared/batch/record.ts";

/** How the items of an ended batch fared, so that no `completed` hides failures. */
export type BatchOutcome = "all_succeeded" | "partial" | "none_succeeded";

export function outcomeOf({ status, counts }: BatchView): BatchOutcome | null {
  if (!hasEnded(status)) return null;
  if (counts.succeeded === 0) return "none_succeeded";
  return counts.succeeded === counts.total ? "all_succeeded" : "partial";
}

/**
 * A batch as clients see it, as JSON text.
 *
 * @param results lines of results to put in; undefined for none
 */
export function batchJson(batch: BatchView, results?: readonly string[]): string {
  const { id, status, counts } = batch;
  const self = `/v1/batches/${id}`;
  const ended = hasEnded(status);
  const members = [
    `"id":"${id}","object":"batch","status":"${status}","outcome":${JSON.stringify(outcomeOf(batch))}`,
    `"model":${JSON.stringify(batch.model)},"attempt":${batch.attempt},"priority":"${batch.class}"`,
    `"metadata":${batch.metadata ?? "null"}`,
    `"received":${counts.total},"counts":${JSON.stringify(counts)}`,
    `"max_failed":${batch.limits.maxFailed ?? "null"}`,
    `"error":${batch.error ?? "null"}`,
    `"created_at":${time(batch.createdAtMs)},"closed_at":${time(batch.closedAtMs)}`,
    `"started_at":${time(batch.startedAtMs)},"completed_at":${time(batch.endedAtMs)}`,
    `"expires_at":${time(batch.expiresAtMs)}`,
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

function time(ms: number | undefined): string {
  return ms === undefined ? "null" : `"${new Date(ms).toISOString()}"`;
}
