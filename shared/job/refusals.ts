import { ScoringError } from "../error.ts";

/** Why work is refused, as clients are told. */
export function queueFull(model: string): ScoringError {
  return new ScoringError("queue_full", `The queue of ${model} is full; try again later.`);
}

export function queuePaused(): ScoringError {
  return new ScoringError(
    "queue_paused",
    "The model's queue is paused and takes no new work; try again later.",
  );
}

export function quotaExceeded(): ScoringError {
  return new ScoringError(
    "quota_exceeded",
    "You have reached your limit of unfinished jobs or queued bytes; try again later.",
  );
}

export function keyReused(): ScoringError {
  return new ScoringError(
    "idempotency_key_reused",
    "This Idempotency-Key was used for a request that asked for something else.",
  );
}

/** Nothing was stored. */
export function unavailable(cause?: unknown): ScoringError {
  return new ScoringError(
    "service_unavailable",
    "The job queue cannot be reached; nothing was stored.",
    { cause },
  );
}

/** Redis' reply was lost: the job may have been stored. */
export function acceptanceUnknown(cause: unknown, jobId: string): ScoringError {
  return new ScoringError(
    "acceptance_unknown",
    "The queue did not confirm the job in time. It may still run: look it up before you send it again.",
    { cause, members: { job_id: jobId } },
  );
}
