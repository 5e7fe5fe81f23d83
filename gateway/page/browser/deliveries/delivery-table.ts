import type { ComponentChildren } from "preact";
import type { DeliveryJson, EndpointJson } from "../../../webhooks/webhook-schema.ts";
import { browserNowMs } from "../app/clock.ts";
import { ago, count, duration } from "../app/figures.ts";
import { html } from "../app/html.ts";
import { Button } from "../pieces/button.ts";
import { Table } from "../pieces/table.ts";
import { About } from "./about.ts";
import { DeliveryChip } from "./delivery-chip.ts";
import { lastAnswer, reasonText, shortUrl } from "./words.ts";

interface DeliveryTableProps {
  readonly deliveries: readonly DeliveryJson[];
  readonly endpoints: readonly EndpointJson[];
  readonly isBusy: boolean;
  readonly onRedeliver: (delivery: DeliveryJson) => void;
}

/** Deliveries, newest first: where each went, what became of it, and when it is tried next. */
export function DeliveryTable(props: DeliveryTableProps): ComponentChildren {
  const { deliveries, endpoints, isBusy, onRedeliver } = props;
  const nowMs = browserNowMs();
  return html`<${Table}
    label="Deliveries"
    columns=${["Event", "To", "State", { num: "Attempts" }, "Next try", "Created", { hidden: "Send again" }]}
  >
    ${deliveries.map(
      (delivery) =>
        html`<tr key=${delivery.id}>
          <td>
            <a href=${`#/deliveries/${delivery.id}`}>${delivery.type}</a>
            <br /><span class="small"><${About} resource=${delivery.resource} /></span>
          </td>
          <td>${receiverOf(delivery, endpoints)}</td>
          <td class="state">
            <${DeliveryChip} status=${delivery.status} />
            ${delivery.reason !== null && html`<br /><span class="small">${reasonText(delivery.reason)}</span>`}
          </td>
          <td class="num">
            ${count(delivery.attempts)}
            <br /><span class="small">${lastAnswer(delivery)}</span>
          </td>
          <td class="when" title=${delivery.next_attempt_at}>${nextTry(delivery, nowMs)}</td>
          <td class="when" title=${delivery.created_at}>
            ${delivery.created_at === null ? "–" : ago(delivery.created_at, nowMs)}
          </td>
          <td>
            ${
              delivery.status !== "delivered" &&
              html`<${Button} disabled=${isBusy} onClick=${() => onRedeliver(delivery)}>
                ${delivery.status === "dead" ? "Send again" : "Send now"}
              <//>`
            }
          </td>
        </tr>`,
    )}
  <//>`;
}

/** By what its owner calls it; one that is deleted has its id alone. */
export function receiverOf(
  { endpoint, url }: Pick<DeliveryJson, "endpoint" | "url">,
  endpoints: readonly EndpointJson[],
): string {
  if (endpoint === null) return shortUrl(url ?? "");
  const known = endpoints.find(({ id }) => id === endpoint);
  return known === undefined ? endpoint : known.description || shortUrl(known.url);
}

function nextTry({ next_attempt_at: at }: DeliveryJson, nowMs: number): string {
  if (at === null) return "–";
  const ms = Date.parse(at) - nowMs;
  return ms <= 0 ? "now" : `in ${duration(ms)}`;
}
