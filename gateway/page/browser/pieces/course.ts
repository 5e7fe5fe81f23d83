import type { ComponentChildren } from "preact";
import type { Job } from "../../../jobs/job-schema.ts";
import { browserNowMs } from "../app/clock.ts";
import { html } from "../app/html.ts";
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

const STEPS = ["queued", "running", "done"] as const;

/** queued → running → done, with the place it has reached. */
export function Course({ job }: { job: Job | undefined }): ComponentChildren {
  const at =
    job === undefined ? -1 : job.status === "queued" ? 0 : job.status === "running" ? 1 : 2;
  const last = job === undefined || at < 2 ? "done" : job.status;
  return html`<div class="course" role="status">
    <ol>
      ${STEPS.map(
        (step, i) =>
          html`<li class=${i === at ? "at" : i < at ? "past" : ""}>${i === 2 ? last : step}</li>`,
      )}
    </ol>
    <span>${job === undefined ? "Sending." : standingText(job, browserNowMs())}</span>
  </div>`;
}
