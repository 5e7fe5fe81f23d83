import { z } from "zod";
import type { Idempotency } from "../job/new-job.ts";
import type { JobClass } from "../lane.ts";

/**
 * The record of a batch is a Redis hash. States and moves:
 *
 *     (none) --create--> validating        items are appended, in chunks; those of an eager batch are scored
 *                                          as they come, those of others not yet
 *     validating --close--> in_progress    a sweep launches the chunks that are not
 *     in_progress --the last item ends--> completed
 *     validating|in_progress --cancel--> canceling --sweep--> canceled
 *     validating|in_progress --more than max_failed--> canceling --sweep--> failed
 *     validating|in_progress --window over--> canceling --sweep--> expired
 *     completed|canceled|expired|failed --retry--> in_progress    what did not succeed runs again
 *     completed|canceled|expired|failed --erase--> deleted        a tombstone
 *
 * A sweep walks over all chunks in steps, each of them one script; the process that was asked for it runs
 * it, and the courier finishes what is left (`sweep.ts`).
 */
export type BatchStatus = (typeof batchStatuses)[number];
export type EndedStatus = Extract<BatchStatus, "completed" | "canceled" | "expired" | "failed">;

export const batchStatuses = [
  "validating",
  "in_progress",
  "canceling",
  "completed",
  "canceled",
  "expired",
  "failed",
] as const;

/** Of the records that we write; `fields.ts` has their fields. */
export const BATCH_VERSION = 2;

/** What the client or the operator allows a batch. */
export interface BatchLimits {
  /** From its creation to its end, in ms. */
  readonly windowMs: number;
  /** How long the ended batch is kept, in seconds. */
  readonly retentionSeconds: number;
  /** Failed items that end it early when exceeded; undefined for any number. */
  readonly maxFailed: number | undefined;
}

/** What a gateway hands to create. */
export interface NewBatch {
  readonly id: string;
  readonly model: string;
  readonly class: JobClass;
  readonly tenant: string;
  /** JSON text of an object; validated. Items may bring their own. */
  readonly parameters: string;
  /** JSON text of an object, or undefined. */
  readonly metadata: string | undefined;
  readonly limits: BatchLimits;
  /** What is to be called, packed by `webhook/subscription.ts`; undefined for nothing. */
  readonly webhook: string | undefined;
  /** What its client sent to find it again by, packed by `trace.ts`. */
  readonly trace?: string | undefined;
  /** With more items than this its results leave Redis for the operator's folder; undefined: never. */
  readonly sinkAbove: number | undefined;
  /** Its chunks are queued as they come, and not only once it is closed. */
  readonly isEager: boolean;
  /** Its inputs stay as long as it does. */
  readonly keepsInputs: boolean;
  readonly idempotency: Idempotency | undefined;
}

const count = z.int().min(0);

/** Items by what has become of them; they always add up to `total`. */
export const batchCountsSchema = z.object({
  total: count,
  queued: count,
  running: count,
  succeeded: count,
  failed: count,
  canceled: count,
  expired: count,
});

export type BatchCounts = Readonly<z.infer<typeof batchCountsSchema>>;

export function hasEnded(status: BatchStatus): status is EndedStatus {
  return (
    status === "completed" || status === "canceled" || status === "expired" || status === "failed"
  );
}

/** The record's field `l`: three integers, -1 for no limit of failures; Lua reads them by their order. */
export function packBatchLimits({ windowMs, retentionSeconds, maxFailed }: BatchLimits): string {
  return `${windowMs} ${retentionSeconds} ${maxFailed ?? -1}`;
}

/** @throws when the text was not made by `packBatchLimits` */
export function unpackBatchLimits(text: string): BatchLimits {
  const [windowMs, retentionSeconds, maxFailed] = text.split(" ").map(Number);
  if (windowMs === undefined || retentionSeconds === undefined || maxFailed === undefined) {
    throw new TypeError(`not a batch's limits: ${text}`);
  }
  return { windowMs, retentionSeconds, maxFailed: maxFailed < 0 ? undefined : maxFailed };
}

/** How the items of an ended batch fared, so that no `completed` hides failures. */
export function outcomeOf({ total, succeeded }: Pick<BatchCounts, "total" | "succeeded">) {
  if (succeeded === 0) return "none_succeeded";
  return succeeded === total ? "all_succeeded" : "partial";
}
