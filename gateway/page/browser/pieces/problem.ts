import type { ComponentChildren } from "preact";
import { Refused } from "../app/gateway.ts";
import { html } from "../app/html.ts";

/** What went wrong, and where in the input. */
export function ProblemNote({ error }: { error: Error }): ComponentChildren {
  if (!(error instanceof Refused)) {
    return html`<div class="note bad" role="alert">
      <b>The gateway does not answer</b>
      <p>It may be restarting; try again in a moment. (${error.message})</p>
    </div>`;
  }
  const { title, detail, code, errors = [], retryable } = error.problem;
  return html`<div class="note bad" role="alert">
    <b>${title}</b>
    <p>${detail}</p>
    ${
      errors.length > 0 &&
      html`<ul>
        ${errors.map(
          ({ pointer, parameter, detail: fault }) =>
            html`<li><code>${pointer ?? parameter ?? ""}</code> ${fault}</li>`,
        )}
      </ul>`
    }
    <p class="small">
      ${retryable && "The same request may succeed later. "}<a href=${`docs/errors#${code}`}
        >${code}</a
      >
    </p>
  </div>`;
}
