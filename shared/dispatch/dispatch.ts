import { z } from "zod";

const v = z.literal(1);
/** Lane name: model version and class. */
const lane = z.string();
/** Rows that it carries, 1..`max_batch_size`. */
const rows = z.int().positive();
/** Of what was retried, which travels alone: 2 and up. */
const attempt = z.int().min(2).optional();

// The order of the members is that of the marks, which are compared as text.
const jobDispatchSchema = z.object({
  v,
  lane,
  /** Job ids, 1..`max_batch_size`. */
  jobs: z.array(z.string()).min(1),
  rows,
  attempt,
});

const chunkDispatchSchema = z.object({
  v,
  lane,
  /** `<batch id>/<number of the chunk>`. */
  chunk: z.string().regex(/^bat_[0-9a-z]{26}\/\d+$/),
  rows,
  attempt,
});

/**
 * What a BullMQ job carries: ids, no inputs. Its own id is that of its first job, or of its chunk, so
 * that adding it twice (a resent command, the janitor) makes one; a later attempt's has the attempt
 * behind it, for the dispatch of the one before may still be held by a worker.
 */
export const dispatchSchema = z.union([jobDispatchSchema, chunkDispatchSchema]);

export type JobDispatch = z.infer<typeof jobDispatchSchema>;
export type ChunkDispatch = z.infer<typeof chunkDispatchSchema>;
export type Dispatch = JobDispatch | ChunkDispatch;

export function dispatchId(dispatch: Dispatch): string {
  const [first = ""] = "jobs" in dispatch ? dispatch.jobs : [dispatch.chunk];
  return dispatch.attempt === undefined ? first : `${first}-${dispatch.attempt}`;
}

/** What stands in `undispatched`: the dispatch itself, so that the janitor can add it without reading anything. */
export function markOf(dispatch: Dispatch): string {
  return JSON.stringify(dispatch);
}
