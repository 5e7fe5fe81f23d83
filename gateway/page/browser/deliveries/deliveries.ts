import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { DeliveryJson, DeliveryList, EndpointList } from "../../../webhooks/webhook-schema.ts";
import { textIn } from "../app/dom.ts";
import { html } from "../app/html.ts";
import { useAct } from "../app/use-act.ts";
import { useAnswer, type Answer } from "../app/use-answer.ts";
import { may, type Viewer } from "../app/viewer.ts";
import { ProblemNote } from "../pieces/problem.ts";
import { Empty, Lacking, Loading } from "../pieces/states.ts";
import { useToast } from "../pieces/toast.ts";
import { DeliveryTable } from "./delivery-table.ts";
import { RedeliverAll } from "./redeliver-all.ts";
import { TenantSecret } from "./tenant-secret.ts";
import { WebhookEndpoints } from "./webhook-endpoints.ts";
import { shortUrl } from "./words.ts";

const EVERY_MS = 3000;
const ENDPOINTS_EVERY_MS = 10_000;
const STATUSES: readonly DeliveryJson["status"][] = ["pending", "delivered", "dead"];

/** Who is told of the tenant's jobs, and whether what was to be told has arrived. */
export function DeliveriesPage({ viewer }: { viewer: Viewer }): ComponentChildren {
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
            <${Deliveries} viewer=${viewer} endpoints=${endpoints} />
            <${TenantSecret} gateway=${viewer.gateway} />`
        : html`<${Lacking} scope="webhooks:*" what="see webhooks" />`
    }
  </main>`;
}

interface DeliveriesProps {
  readonly viewer: Viewer;
  readonly endpoints: Answer<EndpointList>;
}

function Deliveries({ viewer, endpoints }: DeliveriesProps): ComponentChildren {
  const { gateway } = viewer;
  const [status, setStatus] = useState("");
  const [endpoint, setEndpoint] = useState("");
  const [cursors, setCursors] = useState<readonly string[]>([]);
  const query = new URLSearchParams({
    ...(status !== "" && { status }),
    ...(endpoint !== "" && { endpoint }),
    ...(cursors.length > 0 && { cursor: cursors.at(-1) ?? "" }),
  }).toString();
  const { value, error, again } = useAnswer<DeliveryList>(
    gateway,
    `/v1/deliveries${query === "" ? "" : `?${query}`}`,
    cursors.length === 0 ? EVERY_MS : 0,
  );
  const show = useToast();
  const { isBusy, error: fault, act } = useAct();
  const redeliver = (delivery: DeliveryJson): void =>
    act(async () => {
      await gateway.send("POST", delivery.urls.redeliver);
      show({ text: `${delivery.type} of ${delivery.resource} is sent again.` });
      again();
    });
  const filter = (set: (text: string) => void) => (event: Event) => {
    setCursors([]);
    set(textIn(event));
  };
  const known = endpoints.value?.data ?? [];
  return html`<section class="same">
    <h2>Deliveries</h2>
    <div class="toolbar">
      <label
        >Status
        <select value=${status} onChange=${filter(setStatus)}>
          <option value="">all</option>
          ${STATUSES.map((it) => html`<option key=${it} value=${it}>${it}</option>`)}
        </select></label
      >
      <label
        >To
        <select value=${endpoint} onChange=${filter(setEndpoint)}>
          <option value="">all</option>
          ${known.map(({ id, url, description }) => html`<option key=${id} value=${id}>${description || shortUrl(url)}</option>`)}
        </select></label
      >
      <${RedeliverAll} gateway=${gateway} endpoint=${endpoint} onDone=${again} />
    </div>
    ${error !== undefined && html`<${ProblemNote} error=${error} />`}
    ${fault !== undefined && html`<${ProblemNote} error=${fault} />`}
    ${value === undefined && error === undefined && html`<${Loading} what="the deliveries" />`}
    ${
      value?.data.length === 0 &&
      html`<${None} isFiltered=${query !== ""} hasMore=${value.next_cursor !== null} />`
    }
    ${
      value !== undefined &&
      value.data.length > 0 &&
      html`<${DeliveryTable}
        deliveries=${value.data}
        endpoints=${known}
        isBusy=${isBusy}
        onRedeliver=${redeliver}
      />`
    }
    <div class="toolbar">
      ${cursors.length > 0 && html`<button type="button" class="btn quiet small" onClick=${() => setCursors(cursors.slice(0, -1))}>Newer</button>`}
      ${value?.next_cursor && html`<button type="button" class="btn quiet small" onClick=${() => setCursors([...cursors, value.next_cursor ?? ""])}>Older</button>`}
    </div>
  </section>`;
}

function None({
  isFiltered,
  hasMore,
}: {
  isFiltered: boolean;
  hasMore: boolean;
}): ComponentChildren {
  if (hasMore) return html`<${Empty} title="None among these; older ones may fit." />`;
  if (isFiltered) return html`<${Empty} title="No delivery is like that." />`;
  return html`<${Empty} title="No deliveries yet.">
    <p>
      They come when jobs and batches end, to the webhook endpoints above, or to the
      <code>webhook</code> that a request names.
    </p>
  <//>`;
}
