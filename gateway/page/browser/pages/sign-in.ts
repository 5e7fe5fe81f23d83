import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { textIn } from "../app/dom.ts";
import { errorOf } from "../app/error-of.ts";
import { html } from "../app/html.ts";
import { hostOf, leaveFor, type Issuer } from "../app/issuer.ts";

interface SignInProps {
  /** Why the last try failed, or what has ended. */
  readonly notice: string | undefined;
  /** Who else signs people in, if anybody does. */
  readonly issuer: Issuer | undefined;
  readonly onKey: (key: string) => void;
}

/** Asks for a key, or sends people to who knows them. */
export function SignIn({ notice, issuer, onKey }: SignInProps): ComponentChildren {
  const [text, setText] = useState("");
  return html`<main class="alone">
    <p class="brand big">
      <span class="mark" aria-hidden="true"><i></i><i></i><i></i></span>Scoreline
    </p>
    <h1>Sign in</h1>
    <p class="lead">This gateway asks who you are. A key stays in this tab, and ends with it.</p>
    ${issuer !== undefined && html`<${WithIssuer} issuer=${issuer} />`}
    <form
      class="card"
      onSubmit=${(event: Event) => {
        event.preventDefault();
        if (text.trim() !== "") onKey(text.trim());
      }}
    >
      <label class="field">
        <span>Key</span>
        <input
          type="password"
          autocomplete="off"
          autofocus
          placeholder="sk_…"
          value=${text}
          aria-invalid=${notice !== undefined}
          onInput=${(event: Event) => setText(textIn(event))}
        />
      </label>
      ${notice !== undefined && html`<p class="fault" role="alert">${notice}</p>`}
      <div class="dropbar"><button class="btn" type="submit">Sign in</button></div>
    </form>
    <p class="small">
      Without a key at hand: <code>npx scoreline sign-in</code> prints a link that signs you in.
      <code>npm start</code> keeps a key in <code>.scoreline/api-key</code>.
    </p>
    <p class="small"><a href="docs">API reference</a> · <a href="docs/errors">Errors</a></p>
  </main>`;
}

function WithIssuer({ issuer }: { issuer: Issuer }): ComponentChildren {
  const [fault, setFault] = useState<string>();
  const leave = async (): Promise<void> => {
    try {
      await leaveFor(issuer, location.hash);
    } catch (error) {
      setFault(errorOf(error).message);
    }
  };
  return html`<div class="card">
    <button type="button" class="btn" onClick=${() => void leave()}>
      Sign in with ${hostOf(issuer)}
    </button>
    ${fault !== undefined && html`<p class="fault" role="alert">${fault}</p>`}
  </div>`;
}
