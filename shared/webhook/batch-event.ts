import { z } from "zod";
import type { BatchView } from "../batch/record.ts";
import type { DeliveryHead } from "./delivery.ts";
import { eventBody } from "./event.ts";

/** Items of a chunk whose results an event carries. */
export interface ResultPart {
  readonly chunk: number;
  /** Offset of the first in the chunk. */
  readonly from: number;
  readonly count: number;
}

/** @param extra of a delivery of `batch.results`, as `batch-announce.lua` wrote it */
export function resultParts(extra: string): readonly ResultPart[] {
  return extra.split(" ").map((part) => {
    const [chunk = 0, from = 0, count = 0] = part.split(".").map(Number);
    return { chunk, from, count };
  });
}

/** What `snapshot` of `batch-end.lua` writes. */
const snapshotSchema = z.object({
  status: z.string(),
  attempt: z.number(),
  counts: z.object({
    total: z.number(),
    queued: z.number(),
    running: z.number(),
    succeeded: z.number(),
    failed: z.number(),
    canceled: z.number(),
    expired: z.number(),
  }),
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
  const { total, succeeded } = now.counts;
  const some = succeeded === total ? "all_succeeded" : "partial";
  const data = JSON.stringify({
    ...named(batch),
    status: now.status,
    outcome: now.completed_at_ms === null ? null : succeeded === 0 ? "none_succeeded" : some,
    attempt: now.attempt,
    counts: now.counts,
    error: now.error,
    created_at: time(batch.createdAtMs),
    started_at: time(now.started_at_ms),
    completed_at: time(now.completed_at_ms),
  });
  return eventBody(delivery, data, data);
}

/**
 * `batch.results`: up to 500 items that have ended. Without their lines when they are too large, or
 * `thin` was asked for.
 *
 * @param lines of the items, JSON texts
 */
export function batchResultsBody(
  delivery: DeliveryHead,
  batch: BatchView,
  lines: readonly string[],
): string {
  const head = JSON.stringify({ ...named(batch), items: lines.length }).slice(0, -1);
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

function time(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}
