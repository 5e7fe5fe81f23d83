import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { Key, KeyList } from "../../../access/key-json.ts";
import { html } from "../app/html.ts";
import { useAct } from "../app/use-act.ts";
import { useAnswer } from "../app/use-answer.ts";
import { may, type Viewer } from "../app/viewer.ts";
import { Button } from "../pieces/button.ts";
import { Confirm } from "../pieces/confirm.ts";
import { ProblemNote } from "../pieces/problem.ts";
import { SecretNote } from "../pieces/secret.ts";
import { Empty, Lacking, Loading } from "../pieces/states.ts";
import { useToast } from "../pieces/toast.ts";
import { AccessTokens } from "./access-tokens.ts";
import { KeyTable } from "./key-table.ts";
import { NewKey } from "./new-key.ts";
import { Roles } from "./roles.ts";

/** Who may do what: keys for admins, access tokens for whoever has a key. */
export function KeysPage({ viewer }: { viewer: Viewer }): ComponentChildren {
  const { kind } = viewer.caller;
  return html`<main id="main" tabindex="-1" class="page">
    <h1>Keys</h1>
    <p class="lead">
      Every request carries a key, or an access token that was made with one. Admins manage the keys
      of all tenants.
    </p>
    ${
      kind === "anybody"
        ? html`<${Empty} title="This gateway asks for no keys.">
            <p>
              It runs with <code>AUTH=off</code>, where keys and roles are not managed. Start it
              with <code>AUTH=keys</code>, and only those who have a key may call it.
            </p>
          <//>`
        : html`${
              may(viewer, "admin")
                ? html`<${Keys} viewer=${viewer} /> <${Roles} gateway=${viewer.gateway} />`
                : html`<${Lacking} scope="admin" what="manage keys and roles" />`
            } <${AccessTokens} viewer=${viewer} />`
    }
  </main>`;
}

/** Secrets that were just made. */
interface Made {
  readonly key: Key;
  readonly secrets: readonly (readonly [name: string, secret: string])[];
}

function Keys({ viewer }: { viewer: Viewer }): ComponentChildren {
  const { gateway, caller } = viewer;
  const [pages, setPages] = useState<readonly string[]>([]);
  const after = pages.at(-1);
  const path = after === undefined ? "/v1/keys" : `/v1/keys?after=${after}`;
  const { value, error, again } = useAnswer<KeyList>(gateway, path);
  const [isAdding, setAdding] = useState(false);
  const [made, setMade] = useState<Made>();
  const [doomed, setDoomed] = useState<Key>();
  const { isBusy, error: fault, act } = useAct();
  const show = useToast();
  const keep = (key: Key | undefined): void => {
    if (key?.secrets !== undefined) setMade({ key, secrets: Object.entries(key.secrets) });
    again();
  };
  const regenerate = (key: Key, secret: "primary" | "secondary"): void =>
    act(async () => keep(await gateway.send<Key>("POST", key.urls.regenerate, { secret })));
  const revoke = async ({ urls, name }: Key): Promise<void> => {
    await gateway.send("DELETE", urls.self);
    if (made?.key.id === doomed?.id) setMade(undefined);
    show({ text: `The key ${name} is revoked.` });
    again();
  };
  const last = value?.data.at(-1);
  // What a token made would not end with it.
  const mayMake = caller.kind !== "token";
  return html`<section>
    ${
      mayMake
        ? html`<div class="toolbar">
            <button type="button" class="btn" onClick=${() => setAdding(true)}>Create a key</button>
          </div>`
        : html`<div class="note">
            <p>
              You are signed in with an access token, as a link to this page makes one: it lists and
              revokes keys. To make keys and secrets, sign in with the key itself.
            </p>
          </div>`
    }
    ${error !== undefined && html`<${ProblemNote} error=${error} />`}
    ${fault !== undefined && html`<${ProblemNote} error=${fault} />`}
    ${
      made !== undefined &&
      html`<${SecretNote}
        title=${`The key ${made.key.name}`}
        secrets=${made.secrets}
        onClose=${() => setMade(undefined)}
      >
        <p class="small">
          Send either as <code>Authorization: Bearer sk_…</code>. There are two so that one can be
          exchanged while the other is in use.
        </p>
      <//>`
    }
    ${value === undefined && error === undefined && html`<${Loading} what="the keys" />`}
    ${
      value !== undefined &&
      html`<${KeyTable}
        keys=${value.data}
        own=${caller.id}
        isBusy=${isBusy}
        onRegenerate=${mayMake ? regenerate : undefined}
        onRevoke=${setDoomed}
      />`
    }
    <div class="toolbar">
      ${pages.length > 0 && html`<${Button} onClick=${() => setPages(pages.slice(0, -1))}>Older<//>`}
      ${value?.has_more === true && last && html`<${Button} onClick=${() => setPages([...pages, last.id])}>Newer<//>`}
    </div>
    ${isAdding && html`<${NewKey} viewer=${viewer} onMade=${keep} onClose=${() => setAdding(false)} />`}
    ${
      doomed !== undefined &&
      html`<${Confirm}
        title=${`Revoke the key ${doomed.name}?`}
        word=${doomed.name}
        action="Revoke"
        onConfirm=${async () => revoke(doomed)}
        onClose=${() => setDoomed(undefined)}
      >
        <p>
          Both of its secrets and all access tokens made with it stop working within seconds. This
          cannot be taken back.
          ${doomed.id === caller.id && html`<b> It is the key that you are signed in with.</b>`}
        </p>
      <//>`
    }
  </section>`;
}
