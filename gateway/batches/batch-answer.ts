import type { BatchView } from "../../shared/batch/fields.ts";
import { hasEnded, outcomeOf } from "../../shared/batch/record.ts";
import { timeText } from "../../shared/job/job-text.ts";
import { ScoringError, toProblem, type ErrorCode } from "../../shared/error.ts";
import { problemAnswer } from "../http/answers.ts";
import type { Preference } from "../http/prefer.ts";

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

export interface BatchAnswerOptions {
  readonly preference?: Preference;
  /** Whether to say where it is. */
  readonly location?: boolean;
  /** Lines to put in. */
  readonly results?: readonly string[] | undefined;
}

export function batchAnswer(
  batch: BatchView,
  status: number,
  { preference, location = false, results }: BatchAnswerOptions = {},
): Response {
  const applied = preference?.applied;
  const isBare = preference?.isMinimal === true && !hasEnded(batch.status);
  return new Response(isBare ? null : `${batchJson(batch, results)}\n`, {
    status,
    headers: {
      ...(isBare ? {} : { "content-type": "application/json" }),
      "cache-control": "no-store",
      etag: batchEtag(batch),
      ...(location ? { location: `/v1/batches/${batch.id}` } : {}),
      ...(applied === undefined ? {} : { "preference-applied": applied }),
      ...retryAfter(batch),
    },
  });
}

/** Refuses a move that the batch's state does not allow, and shows the batch. */
export function wrongState(batch: BatchView, code: ErrorCode, message: string): Response {
  const members = { batch_id: batch.id, batch: JSON.parse(batchJson(batch)) as unknown };
  return problemAnswer(toProblem(new ScoringError(code, message, { members })));
}

const RETRY_SECONDS = { least: 1, most: 30, unknown: 5 } as const;

/** When it may have ended, by its pace so far: `Retry-After` of a batch that scores. */
function retryAfter(batch: BatchView): Record<string, string> {
  const { status, counts, startedAtMs, readAtMs } = batch;
  if (hasEnded(status) || status === "validating") return {};
  const left = counts.queued + counts.running;
  const ended = counts.total - left;
  const { least, most, unknown } = RETRY_SECONDS;
  if (startedAtMs === undefined || ended === 0) return { "retry-after": String(unknown) };
  const seconds = Math.ceil(((readAtMs - startedAtMs) / ended / 1000) * left);
  return { "retry-after": String(Math.min(Math.max(seconds, least), most)) };
}
