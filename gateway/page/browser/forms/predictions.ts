import type { ComponentChildren } from "preact";
import { figure } from "../app/figures.ts";
import { html } from "../app/html.ts";
import { Bars } from "../pieces/bars.ts";
import type { OutputProps } from "./form.ts";
import { Json } from "./json-view.ts";
import { listOf, memberOf } from "./shape.ts";

/** Labels with their probabilities, as several pipelines answer them. */
export function predictionsOf(output: unknown) {
  return listOf(memberOf(output, "predictions"), (it) => {
    const label = memberOf(it, "label");
    const probability = memberOf(it, "probability");
    return typeof label === "string" && typeof probability === "number"
      ? { label, probability }
      : undefined;
  });
}

/** Labels as bars, or the one score of a graph that has no labels. */
export function PredictionsOutput({ output }: OutputProps): ComponentChildren {
  const predictions = predictionsOf(output);
  if (predictions !== undefined) {
    if (predictions.length === 0) return html`<p class="empty">No label is probable enough.</p>`;
    const bars = predictions.map(({ label, probability }) => ({ label, share: probability }));
    return html`<${Bars} bars=${bars} />`;
  }
  const score = memberOf(output, "score");
  if (typeof score !== "number") return html`<${Json} value=${output} />`;
  return html`<p class="verdict">${figure(score)}</p>
    <p class="small">The higher, the better.</p>`;
}
