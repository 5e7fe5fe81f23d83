import { z } from "zod";

/**
 * What a BullMQ job carries: ids, no inputs. Its own id is that of its first job, so that adding it
 * twice (a resent command, the janitor) makes one.
 */
export const dispatchSchema = z.object({
  v: z.literal(1),
  /** Lane name: model version and class. */
  lane: z.string(),
  /** Job ids, 1..`max_batch_size`. */
  jobs: z.array(z.string()).min(1),
  /** Rows of all its jobs together, 1..`max_batch_size`. */
  rows: z.int().positive(),
});

export type Dispatch = z.infer<typeof dispatchSchema>;

export function dispatchId(dispatch: Dispatch): string {
  return dispatch.jobs[0] ?? "";
}
