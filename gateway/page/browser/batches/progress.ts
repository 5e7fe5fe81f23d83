import type { ComponentChildren } from "preact";
import type { BatchObject } from "../../../batches/batch-schema.ts";
import { count, duration, percent, several } from "../app/figures.ts";
import { html } from "../app/html.ts";
import { endedOf } from "./batch-status.ts";
import type { Pace } from "./pace.ts";

const STATES = ["succeeded", "failed", "canceled", "expired", "running", "queued"] as const;

/** Without an end for so long, a time that is left would be a guess. */
const STILL_MS = 5000;

/** What has become of the items, as one bar. */
export function CountsBar({ counts }: Pick<BatchObject, "counts">): ComponentChildren {
  return html`<span class="counts" aria-hidden="true">
    ${STATES.map(
      (state) =>
        counts[state] > 0 &&
        html`<i key=${state} class=${state} style=${{ flexGrow: counts[state] }}></i>`,
    )}
  </span>`;
}

interface ProgressProps {
  readonly batch: BatchObject;
  readonly pace: Pace;
  /** Workers that serve its model; undefined while that is not known. */
  readonly ready: number | undefined;
}

/** How far a batch is, how fast, and when it will have ended. */
export function Progress({ batch, pace, ready }: ProgressProps): ComponentChildren {
  const { counts } = batch;
  return html`<section class="card" aria-label="Progress">
    <h2>Progress</h2>
    <p class="far">
      <b class="num">${count(endedOf(batch))}</b> of
      <span class="num"> ${count(counts.total)}</span> items
      ${batch.closed_at !== null && html`<span class="num"> · ${percent(endedOf(batch) / counts.total)}</span>`}
    </p>
    <${CountsBar} counts=${counts} />
    <p class="legend">
      ${STATES.map(
        (state) =>
          (counts[state] > 0 || state === "failed") &&
          html`<span key=${state} class=${`key ${state}`}
            >${state} <span class="num">${count(counts[state])}</span></span
          >`,
      )}
    </p>
    <p class="small" role="status">${paceText(batch, pace, ready)}</p>
  </section>`;
}

/** The pace in words, with what stands in the way. */
export function paceText(batch: BatchObject, pace: Pace, ready: number | undefined): string {
  const { status, counts, started_at: started, completed_at: ended } = batch;
  if (status === "validating") return "It is scored once its upload is closed.";
  if (ended !== null) {
    const ms = started === null ? NaN : Date.parse(ended) - Date.parse(started);
    return Number.isNaN(ms) ? "Ended." : `Scored in ${duration(ms)}.`;
  }
  const left = counts.queued + counts.running;
  if (ready === 0 && left > 0) {
    return `No worker serves ${batch.model}: its items wait until one does. See the model's page for what to do.`;
  }
  const { perSecond, stillMs } = pace;
  if (stillMs >= STILL_MS) return `Nothing new for ${duration(stillMs)}.`;
  if (perSecond === undefined || perSecond <= 0) return "Waiting for the first items.";
  const rate = perSecond < 10 ? perSecond.toFixed(1) : count(perSecond);
  return `${rate} items a second, about ${duration((left / perSecond) * 1000)} to go for ${several(left, "item")}.`;
}
