import type { ComponentChildren } from "preact";
import type { DeliveryDetail } from "../../../webhooks/webhook-schema.ts";
import { duration } from "../app/figures.ts";
import { html } from "../app/html.ts";
import { useAct } from "../app/use-act.ts";
import { useAnswer } from "../app/use-answer.ts";
import { may, type Viewer } from "../app/viewer.ts";
import { Button } from "../pieces/button.ts";
import { Facts } from "../pieces/facts.ts";
import { ProblemNote } from "../pieces/problem.ts";
import { Lacking, Loading } from "../pieces/states.ts";
import { Table } from "../pieces/table.ts";
import { useToast } from "../pieces/toast.ts";
import { About } from "./about.ts";
import { DeliveryChip } from "./delivery-chip.ts";
import { reasonText } from "./words.ts";

const EVERY_MS = 3000;

/** One delivery: every attempt, and what its receiver said. */
export function DeliveryPage({ viewer, id }: { viewer: Viewer; id: string }): ComponentChildren {
  const mayRead = may(viewer, "webhooks:*");
  const path = mayRead ? `/v1/deliveries/${encodeURIComponent(id)}` : undefined;
  const { value, error, put } = useAnswer<DeliveryDetail>(viewer.gateway, path, EVERY_MS);
  const { isBusy, error: fault, act } = useAct();
  const show = useToast();
  const redeliver = async (): Promise<void> => {
    const sent = await viewer.gateway.send<DeliveryDetail>("POST", value?.urls.redeliver ?? "");
    if (sent !== undefined) put(sent);
    show({ text: "It is sent again." });
  };
  return html`<main id="main" tabindex="-1" class="page">
    <p class="small"><a href="#/deliveries">Deliveries</a></p>
    <div class="top">
      <h1>${value?.type ?? "Delivery"}</h1>
      ${value !== undefined && html`<${DeliveryChip} status=${value.status} />`}
      ${
        value !== undefined &&
        html`<${Button} disabled=${isBusy} onClick=${() => act(redeliver)}>Send again<//>`
      }
    </div>
    ${!mayRead && html`<${Lacking} scope="webhooks:*" what="see deliveries" />`}
    ${error !== undefined && html`<${ProblemNote} error=${error} />`}
    ${fault !== undefined && html`<${ProblemNote} error=${fault} />`}
    ${mayRead && value === undefined && error === undefined && html`<${Loading} what="the delivery" />`}
    ${value !== undefined && html`<${FactCard} delivery=${value} /><${Attempts} log=${value.log} />`}
  </main>`;
}

function FactCard({ delivery }: { delivery: DeliveryDetail }): ComponentChildren {
  const { id, resource, endpoint, url, reason } = delivery;
  const facts = [
    ["Tells of", html`<${About} resource=${resource} />`],
    ["To", endpoint === null ? url : html`<code>${endpoint}</code>`],
    ["Given up, since", reason === null ? null : reasonText(reason)],
    ["Created", delivery.created_at],
    ["Next try", delivery.next_attempt_at],
    ["Ended", delivery.completed_at],
    ["webhook-id", html`<code>${id}</code>`],
  ];
  return html`<div class="card"><${Facts} facts=${facts} /></div>`;
}

function Attempts({ log }: Pick<DeliveryDetail, "log">): ComponentChildren {
  if (log.length === 0) return null;
  return html`<section class="same">
    <h2>Attempts</h2>
    <${Table}
      label="Attempts"
      columns=${["At", "Answer", { num: "Took" }, "Headers of the answer"]}
    >
      ${log.map(
        ({ at, status, error, latency_ms: ms, headers }, i) =>
          html`<tr key=${i}>
            <td class="num">${at}</td>
            <td>${status ?? error ?? "none"}</td>
            <td class="num">${ms === null ? "–" : duration(ms)}</td>
            <td class="small">
              ${Object.entries(headers)
                .map(([name, value]) => `${name}: ${value}`)
                .join(", ")}
            </td>
          </tr>`,
      )}
    <//>
  </section>`;
}
