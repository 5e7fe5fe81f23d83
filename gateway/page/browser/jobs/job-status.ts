import type { Job } from "../../../jobs/job-schema.ts";
import type { Tone } from "../pieces/tone.ts";

const TONES: Readonly<Record<Job["status"], Tone>> = {
  queued: "plain",
  running: "plain",
  succeeded: "good",
  failed: "bad",
  canceled: "warn",
  expired: "warn",
};

/** How bad a job's status is. */
export function toneOf(status: Job["status"]): Tone {
  return TONES[status];
}

/** In the order of a job's course. */
export const JOB_STATUSES: readonly Job["status"][] = [
  "queued",
  "running",
  "succeeded",
  "failed",
  "canceled",
  "expired",
];
