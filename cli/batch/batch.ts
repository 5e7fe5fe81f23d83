import { z } from "zod";
import { batchCountsSchema, batchStatuses, hasEnded } from "../../shared/batch/record.ts";

/** As the gateway shows a batch. */
export const batchSchema = z.looseObject({
  id: z.string(),
  status: z.enum(batchStatuses),
  outcome: z.enum(["all_succeeded", "partial", "none_succeeded"]).nullable(),
  model: z.string(),
  attempt: z.number(),
  received: z.number(),
  counts: batchCountsSchema,
  error: z.unknown(),
  created_at: z.string(),
  started_at: z.string().nullable(),
  completed_at: z.string().nullable(),
  expires_at: z.string().nullable(),
});

export type Batch = z.infer<typeof batchSchema>;

export function isOver({ status }: Batch): boolean {
  return hasEnded(status);
}

/** Where a gateway has a batch, and what belongs to it. */
export function batchPath(id: string, rest = ""): string {
  return `/v1/batches/${encodeURIComponent(id)}${rest}`;
}
