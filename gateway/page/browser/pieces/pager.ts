import type { ComponentChildren } from "preact";
import { html } from "../app/html.ts";

/** From one page of a list to the next; Back leads back. @param newest undefined on the first */
export function Pager({
  newest,
  older,
}: {
  newest: string | undefined;
  older: string | undefined;
}): ComponentChildren {
  if (newest === undefined && older === undefined) return null;
  return html`<nav class="toolbar" aria-label="Pages">
    ${newest !== undefined && html`<a class="btn quiet small" href=${newest}>Newest</a>`}
    ${older !== undefined && html`<a class="btn quiet small" href=${older}>Older</a>`}
  </nav>`;
}
