import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { EndpointJson, EndpointList } from "../../../webhooks/webhook-schema.ts";
import { html } from "../app/html.ts";
import { useAct } from "../app/use-act.ts";
import type { Answer } from "../app/use-answer.ts";
import type { Viewer } from "../app/viewer.ts";
import { Button } from "../pieces/button.ts";
import { Chip } from "../pieces/chip.ts";
import { Confirm } from "../pieces/confirm.ts";
import { ProblemNote } from "../pieces/problem.ts";
import { SecretNote } from "../pieces/secret.ts";
import { Empty, Loading } from "../pieces/states.ts";
import { Table } from "../pieces/table.ts";
import { useToast } from "../pieces/toast.ts";
import { NewWebhookEndpoint } from "./new-webhook-endpoint.ts";
import { endpointStanding, eventsText, shortUrl } from "./words.ts";

interface WebhookEndpointsProps {
  readonly viewer: Viewer;
  readonly answer: Answer<EndpointList>;
}

/** Registered receivers: what they hear, how they are, and what may be done with them. */
export function WebhookEndpoints({ viewer, answer }: WebhookEndpointsProps): ComponentChildren {
  const { gateway } = viewer;
  const { value, error, again } = answer;
  const [isAdding, setAdding] = useState(false);
  const [made, setMade] = useState<EndpointJson>();
  const [doomed, setDoomed] = useState<EndpointJson>();
  const { isBusy, error: fault, act } = useAct();
  const show = useToast();
  const keep = (endpoint: EndpointJson | undefined): void => {
    setMade(endpoint);
    again();
  };
  const ping = async ({ urls, url }: EndpointJson): Promise<void> => {
    await gateway.send("POST", urls.ping);
    show({ text: `A test event is on its way to ${shortUrl(url)}.` });
  };
  const enable = async ({ urls, url }: EndpointJson, enabled: boolean): Promise<void> => {
    const set = async (to: boolean): Promise<void> => {
      await gateway.send("PATCH", urls.self, { enabled: to });
      again();
    };
    await set(enabled);
    const text = `${shortUrl(url)} is ${enabled ? "enabled" : "disabled"}.`;
    show({ text, undo: async () => set(!enabled) });
  };
  const button = (name: string, what: () => Promise<unknown>): ComponentChildren =>
    html`<${Button} disabled=${isBusy} onClick=${() => act(what)}>${name}<//>`;
  return html`<section class="same">
    <div class="top">
      <h2>Webhook endpoints</h2>
      <button type="button" class="btn small" onClick=${() => setAdding(true)}>Add one</button>
    </div>
    ${error !== undefined && html`<${ProblemNote} error=${error} />`}
    ${fault !== undefined && html`<${ProblemNote} error=${fault} />`}
    ${
      made?.secret !== undefined &&
      html`<${SecretNote}
        title=${`The secret that signs messages to ${shortUrl(made.url)}`}
        secrets=${[["secret", made.secret]]}
        onClose=${() => setMade(undefined)}
      />`
    }
    ${value === undefined && error === undefined && html`<${Loading} what="the webhook endpoints" />`}
    ${
      value?.data.length === 0 &&
      html`<${Empty} title="No webhook endpoints yet.">
        <p>
          Register a URL of yours, and it hears of every job and batch that ends. A request may also
          name one for itself, in <code>webhook</code>.
        </p>
      <//>`
    }
    ${
      value !== undefined &&
      value.data.length > 0 &&
      html`<${Table}
        label="Webhook endpoints"
        columns=${["Receiver", "Hears of", "State", { num: "Secrets" }, { hidden: "What may be done" }]}
      >
        ${value.data.map((endpoint) => {
          const [tone, text] = endpointStanding(endpoint);
          return html`<tr key=${endpoint.id}>
            <td class="receiver">
              ${endpoint.description !== "" && html`<b>${endpoint.description}</b><br />`}
              ${shortUrl(endpoint.url)}
            </td>
            <td class="small">${eventsText(endpoint.events)}</td>
            <td title=${endpoint.failing_since}><${Chip} tone=${tone} text=${text} /></td>
            <td class="num">${endpoint.secrets}</td>
            <td class="acts">
              ${endpoint.enabled && button("Ping", async () => ping(endpoint))}
              ${endpoint.enabled ? button("Disable", async () => enable(endpoint, false)) : button("Enable", async () => enable(endpoint, true))}
              ${button("Rotate secret", async () => keep(await gateway.send<EndpointJson>("POST", endpoint.urls.rotate_secret)))}
              <${Button} onClick=${() => setDoomed(endpoint)}>Delete<//>
            </td>
          </tr>`;
        })}
      <//>`
    }
    ${isAdding && html`<${NewWebhookEndpoint} gateway=${gateway} onMade=${keep} onClose=${() => setAdding(false)} />`}
    ${
      doomed !== undefined &&
      html`<${Confirm}
        title=${`Delete the webhook endpoint ${shortUrl(doomed.url)}?`}
        word=${new URL(doomed.url).host}
        action="Delete"
        onConfirm=${async () => {
          await gateway.send("DELETE", doomed.urls.self);
          show({ text: `${shortUrl(doomed.url)} is deleted.` });
          again();
        }}
        onClose=${() => setDoomed(undefined)}
      >
        <p>It hears of nothing more, and what is pending to it is given up.</p>
      <//>`
    }
  </section>`;
}
