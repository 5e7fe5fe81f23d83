import type { ComponentChildren } from "preact";
import type { Job } from "../../../jobs/job-schema.ts";
import { browserNowMs } from "../app/clock.ts";
import { html } from "../app/html.ts";
import { standingText } from "./standing.ts";

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
