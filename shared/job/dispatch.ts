import { z } from "zod";

/**
 * What a BullMQ job carries: ids, no inputs. Its own id is that of its first job, so that adding it
 * twice (a resent command, the janitor) makes one; a later attempt's has the attempt behind it, for
 * the dispatch of the one before may still be held by a worker.
 */
export const dispatchSchema = z.object({
  v: z.literal(1),
  /** Lane name: model version and class. */
  lane: z.string(),
  /** Job ids, 1..`max_batch_size`. */
  jobs: z.array(z.string()).min(1),
  /** Rows of all its jobs together, 1..`max_batch_size`. */
  rows: z.int().positive(),
  /** Of a retried job, which travels alone: 2 and up. */
  attempt: z.int().min(2).optional(),
});

export type Dispatch = z.infer<typeof dispatchSchema>;

export function dispatchId(dispatch: Dispatch): string {
  const [first = ""] = dispatch.jobs;
  return dispatch.attempt === undefined ? first : `${first}-${dispatch.attempt}`;
}
