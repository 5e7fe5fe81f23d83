import type { ComponentChildren } from "preact";
import { html } from "../app/html.ts";
import { jsonText } from "./json-text.ts";

/** Longer texts are cut, in characters. */
const TEXT_MAX = 20_000;

/** A value as JSON, with short lists on a line. */
export function Json({ value }: { value: unknown }): ComponentChildren {
  const text = jsonText(value);
  const shown =
    text.length > TEXT_MAX ? `${text.slice(0, TEXT_MAX)}\n… cut: ${text.length} characters` : text;
  return html`<pre class="json" tabindex="0" aria-label="As JSON"><code>${shown}</code></pre>`;
}
