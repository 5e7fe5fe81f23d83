import type { ComponentChildren } from "preact";
import { html } from "../app/html.ts";
import { Code, type CodeTab } from "./code.ts";

interface SameCallProps {
  readonly title: string;
  readonly tabs: readonly CodeTab[];
  /** Of the environment, where the code takes the key from it. */
  readonly variable: string | undefined;
}

/** What was done by hand as code, with what to do for the key. */
export function SameCall({ title, tabs, variable }: SameCallProps): ComponentChildren {
  return html`<section class="same">
    <h2>${title}</h2>
    <${Code} tabs=${tabs} label=${title} />
    ${
      variable !== undefined &&
      html`<p class="small">
        It reads the key from the environment:
        <code>export ${variable}=$(cat .scoreline/api-key)</code>
      </p>`
    }
  </section>`;
}
