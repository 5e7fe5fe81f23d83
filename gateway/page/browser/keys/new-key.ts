import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { Key } from "../../../access/key-json.ts";
import type { RoleList } from "../../../access/role-json.ts";
import { browserNowMs } from "../app/clock.ts";
import { textIn } from "../app/dom.ts";
import { html } from "../app/html.ts";
import { useAct } from "../app/use-act.ts";
import { useAnswer } from "../app/use-answer.ts";
import type { Viewer } from "../app/viewer.ts";
import { Checks } from "../pieces/checks.ts";
import { Dialog } from "../pieces/dialog.ts";
import { expiryAt, modelsIn, SCOPES, SCOPES_DEFAULT } from "./words.ts";

const DAYS = [
  ["", "never"],
  ["30", "in 30 days"],
  ["90", "in 90 days"],
  ["365", "in a year"],
] as const;

interface NewKeyProps {
  readonly viewer: Viewer;
  /** Gets it with its secrets. */
  readonly onMade: (key: Key | undefined) => void;
  readonly onClose: () => void;
}

/** Creates a key, with rights of its own or of a role: those that the viewer has, at most. */
export function NewKey({ viewer, onMade, onClose }: NewKeyProps): ComponentChildren {
  const { gateway, caller } = viewer;
  const [name, setName] = useState("");
  const [tenant, setTenant] = useState(caller.tenant);
  const [role, setRole] = useState("");
  const [scopes, setScopes] = useState<readonly string[]>(SCOPES_DEFAULT);
  const [models, setModels] = useState("");
  const [days, setDays] = useState("");
  const { value: roles } = useAnswer<RoleList>(gateway, "/v1/roles");
  const { isBusy, error, act } = useAct();
  const create = async (): Promise<void> => {
    const rights = role === "" ? { scopes, models: modelsIn(models) } : { role };
    const body = { name, tenant, ...rights, expires_at: expiryAt(days, browserNowMs()) };
    onMade(await gateway.send<Key>("POST", "/v1/keys", body));
    onClose();
  };
  const field = (label: string, control: ComponentChildren): ComponentChildren =>
    html`<label class="field"><span>${label}</span>${control}</label>`;
  const into = (set: (text: string) => void) => (event: Event) => set(textIn(event));
  const given = SCOPES.filter(([scope]) => caller.scopes.includes(scope)).map(
    ([scope, what]) => [scope, `${what} (${scope})`] as const,
  );
  return html`<${Dialog}
    title="Create a key"
    action="Create"
    canAct=${!isBusy && (role !== "" || scopes.length > 0)}
    error=${error}
    onSubmit=${() => act(create)}
    onClose=${onClose}
  >
    ${field(
      "Name: what it is for",
      html`<input required autofocus maxlength="100" value=${name} onInput=${into(setName)} />`,
    )}
    ${field("Tenant, whose jobs it sees", html`<input required value=${tenant} onInput=${into(setTenant)} />`)}
    ${
      (roles?.data.length ?? 0) > 0 &&
      field(
        "Rights",
        html`<select value=${role} onChange=${into(setRole)}>
          <option value="">its own, below</option>
          ${roles?.data.map((it) => html`<option key=${it.name} value=${it.name}>of the role ${it.name}</option>`)}
        </select>`,
      )
    }
    ${
      role === "" &&
      html`<${Checks} label="It may" options=${given} chosen=${scopes} onChange=${setScopes} />
        ${field(
          "Models, with commas between; none: all",
          html`<input
            placeholder="faq-javascript, wine@2"
            value=${models}
            onInput=${into(setModels)}
          />`,
        )}`
    }
    ${field(
      "It ends",
      html`<select value=${days} onChange=${into(setDays)}>
        ${DAYS.map(([value, text]) => html`<option key=${value} value=${value}>${text}</option>`)}
      </select>`,
    )}
  <//>`;
}
