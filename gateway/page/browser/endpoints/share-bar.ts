import type { ComponentChildren } from "preact";
import { html } from "../app/html.ts";
import { sharesText, type Shares } from "./traffic.ts";

/** Shares as one bar, in the order of the variants. */
export function ShareBar({ shares }: { shares: Shares }): ComponentChildren {
  return html`<div class="sharebar" role="img" aria-label=${sharesText(shares)}>
    ${[...shares].map(
      ([name, percent], i) =>
        percent > 0 && html`<i key=${name} class=${hueOf(i)} style=${{ flexGrow: percent }}></i>`,
    )}
  </div>`;
}

/** By the position among the variants. */
export function hueOf(i: number): string {
  return `hue${i % 4}`;
}
