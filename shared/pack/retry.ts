import type { Redis } from "ioredis";
import type { JobView } from "../job/view.ts";
import type { Shifts } from "../lane/shifts.ts";
import type { Quota } from "./accept.ts";

/** All but `accepted` changed nothing. `not_retryable`: not ended, succeeded, or another attempt. */
export type RetryVerdict = (typeof verdicts)[number];

const verdicts = [
  "accepted",
  "missing",
  "not_retryable",
  "input_lost",
  "queue_full",
  "tenant_full",
] as const;

export interface RetryOptions {
  /** As it was read: only this attempt of it is retried. */
  readonly job: Pick<JobView, "id" | "tenant" | "model" | "class" | "attempt">;
  readonly quota: Quota;
  /** Unique to this retry: the same token twice is the same one, whatever has become of it since. */
  readonly token: string;
}

/**
 * Queues an ended job once more under its id, as its next attempt, with the limits it was made with.
 *
 * @throws when Redis refused, or its reply was lost
 */
export async function retryJob(
  _redis: Redis,
  _shifts: Shifts,
  _options: RetryOptions,
): Promise<RetryVerdict> {
  throw new Error("not built yet");
}
