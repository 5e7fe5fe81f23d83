import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { html } from "../app/html.ts";
import { Copy } from "./copy.ts";

export interface CodeTab {
  readonly name: string;
  readonly text: string;
}

/** The same thing in several languages, to copy. */
export function Code({
  tabs,
  label,
}: {
  tabs: readonly CodeTab[];
  label: string;
}): ComponentChildren {
  const [chosen, choose] = useState(tabs[0]?.name);
  const shown = tabs.find(({ name }) => name === chosen) ?? tabs[0];
  return html`<div class="card code">
    <div class="bar">
      <div class="choices" role="group" aria-label=${label}>
        ${tabs.map(
          ({ name }) =>
            html`<button
              type="button"
              aria-pressed=${name === shown?.name}
              onClick=${() => choose(name)}
            >
              ${name}
            </button>`,
        )}
      </div>
      <${Copy} text=${shown?.text ?? ""} />
    </div>
    <pre tabindex="0" aria-label=${`${shown?.name}: ${label}`}><code>${shown?.text}</code></pre>
  </div>`;
}
