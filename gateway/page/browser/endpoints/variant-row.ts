import type { ComponentChildren } from "preact";
import type { ComparisonList } from "../../../endpoints/comparisons.ts";
import type { EndpointJson } from "../../../endpoints/endpoint-json.ts";
import { textIn } from "../app/dom.ts";
import { count, duration, percent } from "../app/figures.ts";
import { html } from "../app/html.ts";
import { modelLink } from "../app/route.ts";
import { Button } from "../pieces/button.ts";
import { Chip } from "../pieces/chip.ts";
import { hueOf } from "./share-bar.ts";
import { StateChip } from "./state-chip.ts";

type Variant = EndpointJson["variants"][number];

interface VariantRowProps {
  readonly variant: Variant;
  /** Its position among them. */
  readonly i: number;
  readonly isDefault: boolean;
  /** As it is now, or is about to be. */
  readonly share: number;
  readonly comparisons: ComparisonList | undefined;
  /** Undefined where it cannot be moved. */
  readonly onMove: ((percent: number) => void) | undefined;
  readonly onPromote: (() => void) | undefined;
}

/** A variant: what it gets, how it is, and a slider to give it more or less. */
export function VariantRow(props: VariantRowProps): ComponentChildren {
  const { variant, i, isDefault, share, onMove, onPromote } = props;
  const { name, model, type, state } = variant;
  const facts = factsOf(variant, props.comparisons);
  const move = (event: Event): void => {
    const wanted = Number(textIn(event));
    if (Number.isFinite(wanted)) onMove?.(wanted);
  };
  return html`<li>
    <div class="top">
      <b><i class=${`swatch ${hueOf(i)}`} aria-hidden="true"></i>${name}</b>
      <a href=${modelLink(model)}>${model}</a>
      ${isDefault && html`<${Chip} text="default" />`}
      ${type === "control" && html`<${Chip} text="control" />`}
      <${StateChip} state=${state} />
      ${onMove === undefined && html`<span class="num share">${share} %</span>`}
    </div>
    ${
      onMove !== undefined &&
      html`<div class="slide">
        <input
          type="range"
          min="0"
          max="100"
          step="any"
          aria-label=${`Share of ${name}`}
          aria-valuetext=${`${share} %`}
          value=${share}
          onInput=${(event: Event) => onMove(Math.round(Number(textIn(event))))}
        />
        <input
          type="number"
          min="0"
          max="100"
          step="0.01"
          aria-label=${`Share of ${name} in percent`}
          value=${share}
          onChange=${move}
        />
        ${
          onPromote !== undefined &&
          html`<${Button}
            aria-label=${`Promote ${name}`}
            title="Makes it the default, with all the traffic"
            onClick=${onPromote}
          >
            Promote
          <//>`
        }
      </div>`
    }
    ${facts !== "" && html`<p class="small">${facts}</p>`}
    ${state.detail !== null && html`<p class="small">${state.detail}</p>`}
  </li>`;
}

/** What labels and comparisons say of the variant itself. */
function factsOf({ name }: Variant, comparisons: ComparisonList | undefined): string {
  const labelled = comparisons?.variants.find((it) => it.variant === name);
  const beside = comparisons?.data.find((it) => it.variant === name);
  return [
    ...(labelled?.accuracy
      ? [`right in ${percent(labelled.accuracy.share)} of ${count(labelled.labels)} labelled jobs`]
      : []),
    ...(beside?.failures
      ? [`${percent(beside.failures.live.share)} of ${count(beside.pairs)} compared jobs failed`]
      : []),
    ...(beside?.latency ? [`95 % ran within ${duration(beside.latency.live_p95_ms)}`] : []),
  ].join(", ");
}
