import type { ComponentChildren } from "preact";
import { html } from "../app/html.ts";

interface FactsProps {
  /** Null: there is no such fact. */
  readonly facts: readonly (readonly [term: string, value: ComponentChildren])[];
  readonly areFigures?: boolean;
}

/** What is to be known of something, by terms. */
export function Facts({ facts, areFigures = false }: FactsProps): ComponentChildren {
  return html`<dl class="facts">
    ${facts.map(
      ([term, value]) =>
        value !== null &&
        html`<div key=${term}>
          <dt>${term}</dt>
          <dd class=${areFigures ? "num" : undefined}>${value}</dd>
        </div>`,
    )}
  </dl>`;
}
