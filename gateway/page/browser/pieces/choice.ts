import type { ComponentChildren } from "preact";
import { textIn } from "../app/dom.ts";
import { html } from "../app/html.ts";

interface ChoiceProps {
  readonly label: string;
  readonly value: string;
  readonly options: readonly string[];
  /** What people call a value; without it, itself, with blanks. */
  readonly textOf?: (value: string) => string;
  readonly onChoose: (value: string) => void;
}

/** One of several, or all: what a list is narrowed by. */
export function Choice(props: ChoiceProps): ComponentChildren {
  const { label, value, options, textOf = spaced, onChoose } = props;
  return html`<label
    >${label}
    <select value=${value} onChange=${(event: Event) => onChoose(textIn(event))}>
      <option value="">all</option>
      ${options.map((it) => html`<option key=${it} value=${it}>${textOf(it)}</option>`)}
      ${value !== "" && !options.includes(value) && html`<option value=${value}>${value}</option>`}
    </select></label
  >`;
}

function spaced(value: string): string {
  return value.replaceAll("_", " ");
}
