import type { ComponentChildren } from "preact";
import { Refused } from "../app/gateway.ts";
import { html } from "../app/html.ts";

/** What went wrong, and where in the input. */
export function ProblemNote({ error }: { error: Error }): ComponentChildren {
  if (!(error instanceof Refused)) {
    if (!isSilence(error))
      return html`<div class="note bad" role="alert"><b>${error.message}</b></div>`;
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
          ({ pointer, parameter, column, detail: fault }) =>
            html`<li><code>${column ?? pointer ?? parameter ?? ""}</code> ${fault}</li>`,
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

/** What `fetch` throws when nobody answers, or not in time. */
function isSilence({ name }: Error): boolean {
  return name === "TypeError" || name === "TimeoutError";
}
