import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { Redelivery } from "../../../webhooks/webhook-schema.ts";
import { browserNowMs } from "../app/clock.ts";
import { textIn } from "../app/dom.ts";
import type { Gateway } from "../app/gateway.ts";
import { html } from "../app/html.ts";
import { useAct } from "../app/use-act.ts";
import { Button } from "../pieces/button.ts";
import { ProblemNote } from "../pieces/problem.ts";
import { useToast } from "../pieces/toast.ts";
import { redeliveryText, SPANS } from "./words.ts";

interface RedeliverAllProps {
  readonly gateway: Gateway;
  /** `whk_…`; "" for all. */
  readonly endpoint: string;
  readonly onDone: () => void;
}

/** Sends all dead letters since a time again, or those of one webhook endpoint. */
export function RedeliverAll({ gateway, endpoint, onDone }: RedeliverAllProps): ComponentChildren {
  const [span, setSpan] = useState<string>(SPANS[1].name);
  const { isBusy, error, act } = useAct();
  const show = useToast();
  const redeliver = async (): Promise<void> => {
    const ms = SPANS.find(({ name }) => name === span)?.ms ?? 0;
    const since = new Date(browserNowMs() - ms).toISOString();
    const body = { since, ...(endpoint !== "" && { endpoint }) };
    const said = await gateway.send<Redelivery>("POST", "/v1/deliveries/redeliver", body);
    if (said !== undefined) show({ text: redeliveryText(said) });
    onDone();
  };
  return html`<label class="spring"
      >Dead letters of
      <select value=${span} onChange=${(event: Event) => setSpan(textIn(event))}>
        ${SPANS.map(({ name }) => html`<option key=${name} value=${name}>${name}</option>`)}
      </select></label
    >
    <${Button} look="quiet" disabled=${isBusy} onClick=${() => act(redeliver)}>Send all again<//>
    ${error !== undefined && html`<${ProblemNote} error=${error} />`}`;
}
