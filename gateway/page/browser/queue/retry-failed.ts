import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { browserNowMs } from "../app/clock.ts";
import { textIn } from "../app/dom.ts";
import { html } from "../app/html.ts";
import { Button } from "../pieces/button.ts";
import { ProblemNote } from "../pieces/problem.ts";
import type { useControl } from "./use-control.ts";

const HOUR_MS = 3_600_000;

const SPANS: readonly (readonly [name: string, ms: number])[] = [
  ["the last 10 minutes", HOUR_MS / 6],
  ["the last hour", HOUR_MS],
  ["the last day", 24 * HOUR_MS],
];

/** Queues what failed since a time once more, after an outage. */
export function RetryFailed({
  control,
}: {
  control: ReturnType<typeof useControl>;
}): ComponentChildren {
  const [ms, setMs] = useState(HOUR_MS);
  const { isBusy, error, act, retryFailed } = control;
  const retry = async (): Promise<void> => retryFailed(new Date(browserNowMs() - ms).toISOString());
  return html`<div class="toolbar">
      <label
        >Jobs of all tenants that failed in
        <select value=${String(ms)} onChange=${(event: Event) => setMs(Number(textIn(event)))}>
          ${SPANS.map(([name, value]) => html`<option key=${name} value=${String(value)}>${name}</option>`)}
        </select></label
      >
      <${Button} look="quiet" disabled=${isBusy} onClick=${() => act(retry)}>Retry them<//>
    </div>
    ${error !== undefined && html`<${ProblemNote} error=${error} />`}`;
}
