import type { ComponentChildren } from "preact";
import type { Key } from "../../../access/key-json.ts";
import { browserNowMs } from "../app/clock.ts";
import { ago } from "../app/figures.ts";
import { html } from "../app/html.ts";
import { Button } from "../pieces/button.ts";
import { Chip } from "../pieces/chip.ts";
import { Table } from "../pieces/table.ts";
import { expiryStanding } from "./words.ts";

interface KeyTableProps {
  readonly keys: readonly Key[];
  /** Id of the key that the viewer has signed in with. */
  readonly own: string | null;
  readonly isBusy: boolean;
  /** Undefined where the viewer makes no secrets. */
  readonly onRegenerate: ((key: Key, secret: "primary" | "secondary") => void) | undefined;
  readonly onRevoke: (key: Key) => void;
}

/** Keys, oldest first: whose they are, what they may do, and when they were used. */
export function KeyTable(props: KeyTableProps): ComponentChildren {
  const { keys, own, isBusy, onRegenerate, onRevoke } = props;
  const nowMs = browserNowMs();
  const regenerate = (key: Key, secret: "primary" | "secondary"): ComponentChildren =>
    onRegenerate !== undefined &&
    html`<${Button}
      disabled=${isBusy}
      title=${`Makes another ${secret} secret; the one there is stops working`}
      onClick=${() => onRegenerate(key, secret)}
    >
      New ${secret}
    <//>`;
  return html`<${Table}
    label="Keys"
    columns=${["Key", "Tenant", "May", "Models", "Last used", "Expires", { hidden: "What may be done" }]}
  >
    ${keys.map((key) => {
      const [tone, expiry] = expiryStanding(key, nowMs);
      return html`<tr key=${key.id}>
        <td class="keyname">
          <b>${key.name}</b> ${key.id === own && html`<${Chip} text="yours" />`} <br /><code
            class="small"
            >${key.id}</code
          >
        </td>
        <td>${key.tenant}</td>
        <td class="small scopes">
          ${key.role !== null && html`<b>role ${key.role}:</b> `}${key.scopes.join(", ")}
          ${key.priority_ceiling === "bulk" && html`<br />bulk work only`}
        </td>
        <td class="small">${key.models === null ? "all" : key.models.join(", ")}</td>
        <td class="when" title=${key.last_used_at}>
          ${key.last_used_at === null ? "never" : ago(key.last_used_at, nowMs)}
        </td>
        <td class="when" title=${key.expires_at}>
          ${tone === "plain" ? expiry : html`<${Chip} tone=${tone} text=${expiry} />`}
        </td>
        <td class="acts">
          ${regenerate(key, "primary")} ${regenerate(key, "secondary")}
          <${Button} onClick=${() => onRevoke(key)}>Revoke<//>
        </td>
      </tr>`;
    })}
  <//>`;
}
