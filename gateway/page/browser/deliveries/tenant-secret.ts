import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { WebhookSecret } from "../../../webhooks/webhook-schema.ts";
import type { Gateway } from "../app/gateway.ts";
import { html } from "../app/html.ts";
import { useAct } from "../app/use-act.ts";
import { Button } from "../pieces/button.ts";
import { Copy } from "../pieces/copy.ts";
import { ProblemNote } from "../pieces/problem.ts";

/** What signs messages to URLs that requests name: asked for only when somebody wants to see it. */
export function TenantSecret({ gateway }: { gateway: Gateway }): ComponentChildren {
  const [shown, show] = useState<WebhookSecret>();
  const { isBusy, error, act } = useAct();
  const read = async (): Promise<void> => show(await gateway.get("/v1/webhook-secret"));
  const rotate = async (): Promise<void> =>
    show(await gateway.send<WebhookSecret>("POST", "/v1/webhook-secret/rotate"));
  return html`<section class="same">
    <h2>Secret for URLs that are not registered</h2>
    <div class="card">
      <p>
        Messages to a URL that a request names in <code>webhook</code> are signed with this secret
        of your tenant.
      </p>
      ${
        shown !== undefined &&
        html`<div class="secret">
            <span class="small">newest</span><code>${shown.secret}</code>
            <${Copy} text=${shown.secret} />
          </div>
          ${shown.previous.map(({ secret, expires_at: end }) => html`<p key=${secret} class="small">An earlier one signs as well until ${end}.</p>`)}`
      }
      ${error !== undefined && html`<${ProblemNote} error=${error} />`}
      <div class="dropbar">
        ${
          shown === undefined
            ? html`<${Button} disabled=${isBusy} onClick=${() => act(read)}>Show it<//>`
            : html`<${Button} onClick=${() => show(undefined)}>Hide it<//>`
        }
        <${Button} disabled=${isBusy} onClick=${() => act(rotate)}>Rotate<//>
        <span class="small">After a rotation both sign for 24 hours.</span>
      </div>
    </div>
  </section>`;
}
