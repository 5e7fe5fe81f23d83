import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { AccessToken } from "../../../access/token-json.ts";
import { textIn } from "../app/dom.ts";
import { html } from "../app/html.ts";
import { useAct } from "../app/use-act.ts";
import type { Viewer } from "../app/viewer.ts";
import { Button } from "../pieces/button.ts";
import { Checks } from "../pieces/checks.ts";
import { ProblemNote } from "../pieces/problem.ts";
import { SecretNote } from "../pieces/secret.ts";
import { SCOPES } from "./words.ts";

const LIVES = [
  ["900", "15 minutes"],
  ["3600", "an hour"],
  ["28800", "8 hours"],
] as const;

/** Makes an access token with the viewer's key: for a browser, a notebook, a colleague. */
export function AccessTokens({ viewer }: { viewer: Viewer }): ComponentChildren {
  const { caller, gateway } = viewer;
  const [scopes, setScopes] = useState<readonly string[]>([]);
  const [life, setLife] = useState<string>(LIVES[1][0]);
  const [made, setMade] = useState<AccessToken>();
  const { isBusy, error, act } = useAct();
  const make = async (): Promise<void> => {
    const body = {
      lifetime_seconds: Number(life),
      ...(scopes.length > 0 && { scopes }),
    };
    setMade(await gateway.send<AccessToken>("POST", "/v1/tokens", body));
  };
  const own = SCOPES.filter(([scope]) => caller.scopes.includes(scope)).map(
    ([scope]) => [scope, scope] as const,
  );
  return html`<section class="same">
    <h2>Access tokens</h2>
    ${
      made !== undefined &&
      html`<${SecretNote}
        title="An access token"
        secrets=${[["token", made.access_token]]}
        onClose=${() => setMade(undefined)}
      >
        <p class="small">It works until ${made.expires_at}, for ${made.scopes.join(", ")}.</p>
      <//>`
    }
    <div class="card">
      ${
        caller.kind === "key"
          ? html`<p>
                An access token ends by itself and may do no more than your key: for a page, a
                notebook, or somebody who is to try something.
              </p>
              <${Checks}
                label="What it may do; nothing ticked: all that your key may"
                options=${own}
                chosen=${scopes}
                onChange=${setScopes}
              />
              <div class="toolbar">
                <label
                  >It lives
                  <select value=${life} onChange=${(event: Event) => setLife(textIn(event))}>
                    ${LIVES.map(([value, text]) => html`<option key=${value} value=${value}>${text}</option>`)}
                  </select></label
                >
                <${Button} look="quiet" disabled=${isBusy} onClick=${() => act(make)}
                  >Make a token<//
                >
              </div>
              ${error !== undefined && html`<${ProblemNote} error=${error} />`}`
          : html`<p>You are signed in with a token; access tokens are made with a key.</p>`
      }
    </div>
  </section>`;
}
