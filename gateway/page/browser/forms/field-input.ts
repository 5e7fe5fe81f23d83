import type { ComponentChildren } from "preact";
import { textIn } from "../app/dom.ts";
import { html } from "../app/html.ts";
import { textOf, type Field } from "./schema.ts";

interface FieldInputProps {
  readonly field: Field;
  readonly text: string;
  readonly fault: string | undefined;
  readonly onText: (text: string) => void;
}

/** One value, with its name and what is wrong with it. */
export function FieldInput({ field, text, fault, onText }: FieldInputProps): ComponentChildren {
  const { name, description, isRequired } = field;
  return html`<label class="field" title=${description}>
    <span>${name}${isRequired ? "" : html` <small>optional</small>`}</span>
    ${control(field, text, fault !== undefined, onText)}
    ${fault !== undefined && html`<em class="fault">${fault}</em>`}
  </label>`;
}

function control(
  { kind, choices, min, max, fallback }: Field,
  text: string,
  isFaulty: boolean,
  onText: (text: string) => void,
): ComponentChildren {
  const onInput = (event: Event): void => onText(textIn(event));
  if (kind === "choice" || kind === "boolean") {
    const all = kind === "boolean" ? ["true", "false"] : choices;
    return html`<select value=${text} aria-invalid=${isFaulty} onChange=${onInput}>
      <option value=""></option>
      ${all.map((choice) => html`<option key=${choice} value=${choice}>${choice}</option>`)}
    </select>`;
  }
  const isNumber = kind === "number" || kind === "integer";
  return html`<input
    class=${isNumber ? "num" : ""}
    value=${text}
    inputmode=${isNumber ? "decimal" : "text"}
    placeholder=${textOf(fallback)}
    title=${rangeText(min, max)}
    aria-invalid=${isFaulty}
    onInput=${onInput}
  />`;
}

function rangeText(min: number | undefined, max: number | undefined): string {
  if (min !== undefined && max !== undefined) return `${min} to ${max}`;
  if (min !== undefined) return `${min} or more`;
  return max === undefined ? "" : `${max} or less`;
}
