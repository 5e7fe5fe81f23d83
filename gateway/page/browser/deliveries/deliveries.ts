import type { ComponentChildren } from "preact";
import type { DeliveryJson, DeliveryList, EndpointList } from "../../../webhooks/webhook-schema.ts";
import { html } from "../app/html.ts";
import { listLink, type Query } from "../app/route.ts";
import { useAct } from "../app/use-act.ts";
import { useAnswer, type Answer } from "../app/use-answer.ts";
import { may, type Viewer } from "../app/viewer.ts";
import { Choice } from "../pieces/choice.ts";
import { Listing } from "../pieces/listing.ts";
import { ProblemNote } from "../pieces/problem.ts";
import { Lacking } from "../pieces/states.ts";
import { useToast } from "../pieces/toast.ts";
import { DeliveryTable, receiverOf } from "./delivery-table.ts";
import { RedeliverAll } from "./redeliver-all.ts";
import { TenantSecret } from "./tenant-secret.ts";
import { WebhookEndpoints } from "./webhook-endpoints.ts";

const EVERY_MS = 3000;
const ENDPOINTS_EVERY_MS = 10_000;
const STATUSES: readonly DeliveryJson["status"][] = ["pending", "delivered", "dead"];

/** Who is told of the tenant's jobs, and whether what was to be told has arrived. */
export function DeliveriesPage({
  viewer,
  query,
}: {
  viewer: Viewer;
  query: Query;
}): ComponentChildren {
  const mayRead = may(viewer, "webhooks:*");
  const endpoints = useAnswer<EndpointList>(
    viewer.gateway,
    mayRead ? "/v1/webhook-endpoints" : undefined,
    ENDPOINTS_EVERY_MS,
  );
  return html`<main id="main" tabindex="-1" class="page">
    <h1>Deliveries</h1>
    <p class="lead">Webhooks tell your own services how jobs and batches ended.</p>
    ${
      mayRead
        ? html`<${WebhookEndpoints} viewer=${viewer} answer=${endpoints} />
            <${Deliveries} viewer=${viewer} endpoints=${endpoints} query=${query} />
            <${TenantSecret} gateway=${viewer.gateway} />`
        : html`<${Lacking} scope="webhooks:*" what="see webhooks" />`
    }
  </main>`;
}

interface DeliveriesProps {
  readonly viewer: Viewer;
  readonly endpoints: Answer<EndpointList>;
  readonly query: Query;
}

function Deliveries({ viewer, endpoints, query }: DeliveriesProps): ComponentChildren {
  const { gateway } = viewer;
  const { status = "", endpoint = "", cursor = "" } = query;
  const search = listLink("deliveries", { status, endpoint, cursor }).replace("#/deliveries", "");
  // What is further down does not change.
  const everyMs = cursor === "" ? EVERY_MS : 0;
  const path = `/v1/deliveries${search}`;
  const answer = useAnswer<DeliveryList>(gateway, path, everyMs);
  const { again } = answer;
  const choose = (some: Query): void => {
    location.hash = listLink("deliveries", { status, endpoint, ...some });
  };
  const show = useToast();
  const { isBusy, error: fault, act } = useAct();
  const redeliver = (delivery: DeliveryJson): void =>
    act(async () => {
      await gateway.send("POST", delivery.urls.redeliver);
      show({ text: `${delivery.type} of ${delivery.resource} is sent again.` });
      again();
    });
  const known = endpoints.value?.data ?? [];
  return html`<section class="same">
    <h2>Deliveries</h2>
    <div class="toolbar">
      <${Choice}
        label="Status"
        value=${status}
        options=${STATUSES}
        onChoose=${(it: string) => choose({ status: it })}
      />
      <${Choice}
        label="To"
        value=${endpoint}
        options=${known.map(({ id }) => id)}
        textOf=${(id: string) => receiverOf({ endpoint: id, url: null }, known)}
        onChoose=${(it: string) => choose({ endpoint: it })}
      />
      <${RedeliverAll} gateway=${gateway} endpoint=${endpoint} onDone=${again} />
    </div>
    ${fault !== undefined && html`<${ProblemNote} error=${fault} />`}
    <${Listing}
      page="deliveries"
      one="delivery"
      answer=${answer}
      query=${{ status, endpoint, cursor }}
      tableOf=${(deliveries: readonly DeliveryJson[]) =>
        html`<${DeliveryTable}
          deliveries=${deliveries}
          endpoints=${known}
          isBusy=${isBusy}
          onRedeliver=${redeliver}
        />`}
    >
      <p>
        They come when jobs and batches end, to the webhook endpoints above, or to the
        <code>webhook</code> that a request names.
      </p>
    <//>
  </section>`;
}
