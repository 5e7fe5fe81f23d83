import type { ComponentChildren } from "preact";
import { percent } from "../app/figures.ts";
import { html } from "../app/html.ts";

export interface Bar {
  readonly label: string;
  /** 0 to 1. */
  readonly share: number;
}

/** Shares as bars, in the order given. */
export function Bars({ bars }: { bars: readonly Bar[] }): ComponentChildren {
  return html`<ol class="bars">
    ${bars.map(
      ({ label, share }) =>
        html`<li key=${label}>
          <b>${label}</b><span class="num">${percent(share)}</span>
          <${Track} share=${share} />
        </li>`,
    )}
  </ol>`;
}

/** @param share 0 to 1 */
export function Track({ share }: { share: number }): ComponentChildren {
  const width = `${Math.min(Math.max(share, 0), 1) * 100}%`;
  return html`<span class="track" aria-hidden="true"><i style=${{ width }}></i></span>`;
}
