import type { ComponentChildren } from "preact";
import { textIn } from "../app/dom.ts";
import { html } from "../app/html.ts";

interface ChoiceProps {
  readonly label: string;
  readonly value: string;
  readonly options: readonly string[];
  readonly onChoose: (value: string) => void;
}

/** One of several, or all: what a list is narrowed by. */
export function Choice({ label, value, options, onChoose }: ChoiceProps): ComponentChildren {
  return html`<label
    >${label}
    <select value=${value} onChange=${(event: Event) => onChoose(textIn(event))}>
      <option value="">all</option>
      ${options.map((it) => html`<option key=${it} value=${it}>${it.replaceAll("_", " ")}</option>`)}
      ${value !== "" && !options.includes(value) && html`<option value=${value}>${value}</option>`}
    </select></label
  >`;
}
