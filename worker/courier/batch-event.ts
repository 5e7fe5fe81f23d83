import { z } from "zod";
import { lineAttempt } from "../../shared/batch/lines.ts";
import type { BatchView } from "../../shared/batch/fields.ts";
import { batchCountsSchema, outcomeOf } from "../../shared/batch/record.ts";
import { rfc3339 } from "../../shared/rfc3339.ts";
import type { DeliveryHead } from "../../shared/webhook/delivery.ts";
import { eventBody } from "./job-event.ts";

/** Items of a chunk whose results an event carries. */
export interface ResultPart {
  readonly chunk: number;
  /** Offset of the first in the chunk. */
  readonly from: number;
  readonly count: number;
  /** Lines of this attempt of the batch and those before it were told earlier: 0 for none. */
  readonly after: number;
  /** Lines of later attempts are told by another event. */
  readonly upTo: number;
}

/** @param extra of a delivery of `batch.results`, as `announce.lua` wrote it */
export function resultParts(extra: string): readonly ResultPart[] {
  return extra.split(" ").map((part) => {
    // Those stored by earlier releases name no attempts.
    const [chunk = 0, from = 0, count = 0, after = 0, upTo = Infinity] = part
      .split(".")
      .map(Number);
    return { chunk, from, count, after, upTo };
  });
}

/** @param lines of the whole chunk @returns those that the part tells of */
export function linesOfPart(part: ResultPart, lines: readonly string[]): readonly string[] {
  const { from, count, after, upTo } = part;
  return lines.slice(from, from + count).filter((line) => {
    const attempt = lineAttempt(line);
    return attempt > after && attempt <= upTo;
  });
}

/** What `snapshot` of `end.lua` writes. */
const snapshotSchema = z.object({
  status: z.string(),
  attempt: z.number(),
  counts: batchCountsSchema,
  started_at_ms: z.number().nullable(),
  completed_at_ms: z.number().nullable(),
  error: z.unknown(),
});

/**
 * What a receiver is told of a batch, `batch.progress` or `batch.completed`: the batch as it was then,
 * byte for byte the same at every attempt.
 */
export function batchEventBody(delivery: DeliveryHead, batch: BatchView): string {
  const now = snapshotSchema.parse(JSON.parse(delivery.extra));
  const data = JSON.stringify({
    ...named(batch),
    status: now.status,
    outcome: now.completed_at_ms === null ? null : outcomeOf(now.counts),
    attempt: now.attempt,
    counts: now.counts,
    error: now.error,
    created_at: rfc3339(batch.createdAtMs),
    started_at: rfc3339(now.started_at_ms),
    completed_at: rfc3339(now.completed_at_ms),
  });
  return eventBody(delivery, data, data);
}

/**
 * `batch.results`: up to 500 items that have ended, after a retry only those that ended anew. Without their lines when they are too large, or
 * `thin` was asked for.
 *
 * @param lines of the items, JSON texts
 */
export function batchResultsBody(
  delivery: DeliveryHead,
  batch: BatchView,
  lines: readonly string[],
): string {
  const { attempt = 1 } = delivery;
  const head = JSON.stringify({ ...named(batch), attempt, items: lines.length }).slice(0, -1);
  const full = `${head},"results":[${lines.map((line) => line.trimEnd()).join(",")}]}`;
  // Its lines are what it is for: `auto` does not leave them out for being long.
  const include = delivery.include === "auto" ? "full" : delivery.include;
  return eventBody({ ...delivery, include }, `${head},"results":null}`, full);
}

function named({ id, model, class: priority, metadata }: BatchView): Record<string, unknown> {
  const self = `/v1/batches/${id}`;
  return {
    id,
    object: "batch",
    model,
    priority,
    metadata: metadata === undefined ? null : (JSON.parse(metadata) as unknown),
    urls: { self, results: `${self}/results` },
  };
}
