import type { ComponentChildren } from "preact";
import type { JobMetrics } from "../../../../shared/job/outcome.ts";
import { duration } from "../app/figures.ts";
import { html } from "../app/html.ts";
import { companyOf, phasesOf } from "./phases-of.ts";

/** Where a job's time went, as one bar. @param id of the job, where it is to be linked */
export function Phases({ metrics, id }: { metrics: JobMetrics; id?: string }): ComponentChildren {
  const phases = phasesOf(metrics);
  return html`<div class="phases" aria-hidden="true">
      ${phases.map(({ name, ms }) => html`<i class=${name} style=${{ flexGrow: ms }}></i>`)}
    </div>
    <p class="legend">
      ${phases.map(
        ({ name, ms }) =>
          html`<span class=${`key ${name}`}
            >${name} <span class="num">${duration(ms)}</span></span
          >`,
      )}
      <span>
        <span class="num">${duration(metrics.total_ms)}</span> in all,
        ${companyOf(metrics)}${metrics.cold_start && ", after loading the model"}${id !== undefined && html`, <a href=${`#/jobs/${id}`}>the job</a>`}
      </span>
    </p>`;
}
