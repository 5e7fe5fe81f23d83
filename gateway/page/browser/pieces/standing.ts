import type { Job } from "../../../jobs/job-schema.ts";
import { duration, several } from "../app/figures.ts";

/** Where a job stands before its end, in words. @param nowMs to tell the estimate from */
export function standingText(job: Job, nowMs: number): string {
  if (job.status === "running") return "Running.";
  if (job.status !== "queued") return `${job.status[0]?.toUpperCase()}${job.status.slice(1)}.`;
  const { queue } = job;
  if (queue === null) return "Queued.";
  if (job.phase === "paused") {
    return `Queued at position ${queue.position}; an operator has paused its lane.`;
  }
  if (queue.workers_ready === 0) {
    return queue.workers_starting > 0
      ? `Queued; ${several(queue.workers_starting, "worker")} about to be ready.`
      : "Queued; no worker serves this version yet. It is scored as soon as one does.";
  }
  const startMs =
    queue.estimated_start_at === null ? NaN : Date.parse(queue.estimated_start_at) - nowMs;
  const estimate = startMs > 100 ? `, about ${duration(startMs)} to go` : "";
  return `Queued at position ${queue.position}${estimate}.`;
}
