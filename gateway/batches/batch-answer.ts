import type { BatchView } from "../../shared/batch/fields.ts";
import { hasEnded } from "../../shared/batch/record.ts";
import { ScoringError, toProblem, type ErrorCode } from "../../shared/error.ts";
import { problemAnswer } from "../http/answers.ts";
import { batchEtag, batchJson } from "./batch-json.ts";
import type { Preference } from "../http/prefer.ts";

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
