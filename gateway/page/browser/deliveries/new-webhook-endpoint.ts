import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { EndpointJson } from "../../../webhooks/webhook-schema.ts";
import { textIn } from "../app/dom.ts";
import type { Gateway } from "../app/gateway.ts";
import { html } from "../app/html.ts";
import { useAct } from "../app/use-act.ts";
import { Checks } from "../pieces/checks.ts";
import { Dialog } from "../pieces/dialog.ts";

/** What a receiver may hear of, by the words that the API takes. */
const EVENTS = [
  ["job.completed", "jobs that end"],
  ["batch.completed", "batches that end"],
  ["job.failed", "jobs that fail"],
  ["batch.progress", "how far batches are"],
] as const;

interface NewWebhookEndpointProps {
  readonly gateway: Gateway;
  /** Gets it with its secret. */
  readonly onMade: (endpoint: EndpointJson | undefined) => void;
  readonly onClose: () => void;
}

/** Registers a receiver. */
export function NewWebhookEndpoint(props: NewWebhookEndpointProps): ComponentChildren {
  const { gateway, onMade, onClose } = props;
  const [url, setUrl] = useState("");
  const [description, setDescription] = useState("");
  const [events, setEvents] = useState<readonly string[]>(["job.completed", "batch.completed"]);
  const { isBusy, error, act } = useAct();
  const add = async (): Promise<void> => {
    const body = { url: url.trim(), description: description.trim(), events };
    onMade(await gateway.send<EndpointJson>("POST", "/v1/webhook-endpoints", body));
    onClose();
  };
  return html`<${Dialog}
    title="Add a webhook endpoint"
    action="Add"
    canAct=${!isBusy && events.length > 0}
    error=${error}
    onSubmit=${() => act(add)}
    onClose=${onClose}
  >
    <label class="field"
      ><span>URL</span>
      <input
        type="url"
        required
        autofocus
        placeholder="https://shop.example/hooks/scoreline"
        value=${url}
        onInput=${(event: Event) => setUrl(textIn(event))}
    /></label>
    <label class="field"
      ><span>What it is, for people</span>
      <input
        maxlength="200"
        placeholder="the shop"
        value=${description}
        onInput=${(event: Event) => setDescription(textIn(event))}
    /></label>
    <${Checks} label="It hears of" options=${EVENTS} chosen=${events} onChange=${setEvents} />
  <//>`;
}
