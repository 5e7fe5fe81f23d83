import type { ComponentChildren } from "preact";
import { browserNowMs } from "../app/clock.ts";
import { ago, several } from "../app/figures.ts";
import { html } from "../app/html.ts";
import { modelLink } from "../app/route.ts";
import { Chip } from "../pieces/chip.ts";
import { ReportView } from "./report.ts";
import type { Comparison, Limits } from "./verdict.ts";
import { VERDICT_ANSWERS, VERDICT_TONES } from "./verdict-look.ts";

interface ComparisonCardProps {
  readonly comparison: Comparison;
  readonly limits: Limits;
  /** What may be done about it. */
  readonly children?: ComponentChildren;
}

/** A shadow beside a variant: whether it is better, and how that is known. */
export function ComparisonCard({
  comparison,
  limits,
  children,
}: ComparisonCardProps): ComponentChildren {
  const { shadow, candidate, variant, model, verdict } = comparison;
  return html`<section class="card" aria-label=${`${shadow} beside ${variant}`}>
    <div class="top">
      <h3>
        ${shadow} <a href=${modelLink(candidate)}>${candidate}</a> beside ${variant} ${" "}<a
          href=${modelLink(model)}
          >${model}</a
        >
      </h3>
      <${Chip} tone=${VERDICT_TONES[verdict]} text=${verdict} />
    </div>
    <p class="verdict">${VERDICT_ANSWERS[verdict]}</p>
    <${ReportView} report=${comparison} limits=${limits} />
    <${Disagreements} comparison=${comparison} />
    ${children}
  </section>`;
}

function Disagreements({ comparison }: { comparison: Comparison }): ComponentChildren {
  const { disagreements } = comparison;
  if (disagreements.length === 0) return null;
  const nowMs = browserNowMs();
  return html`<details>
    <summary>Where they differ: the last ${several(disagreements.length, "job")}</summary>
    <ul class="reasons">
      ${disagreements.map(
        ({ job_id: job, difference, at }) =>
          html`<li key=${job}>
            <a href=${`#/jobs/${job}`}><code>${job}</code></a>
            <span class="small" title=${at}>${at === null ? "" : ago(at, nowMs)}</span>
            <br />${difference}
          </li>`,
      )}
    </ul>
  </details>`;
}
