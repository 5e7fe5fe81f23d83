import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { html } from "../app/html.ts";

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
  const [isCopied, setCopied] = useState(false);
  const shown = tabs.find(({ name }) => name === chosen) ?? tabs[0];
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(shown?.text ?? "");
    setCopied(true);
    setTimeout(() => setCopied(false), 2000);
  };
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
      <button
        type="button"
        class="btn quiet small"
        onClick=${() => void copy().catch(() => undefined)}
      >
        <span aria-live="polite">${isCopied ? "Copied" : "Copy"}</span>
      </button>
    </div>
    <pre tabindex="0" aria-label=${`${shown?.name}: ${label}`}><code>${shown?.text}</code></pre>
  </div>`;
}
