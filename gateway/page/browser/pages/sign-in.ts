import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { textIn } from "../app/dom.ts";
import { html } from "../app/html.ts";

interface SignInProps {
  /** The last key does not work. */
  readonly refused: boolean;
  readonly onKey: (key: string) => void;
}

/** Asks for a key. */
export function SignIn({ refused, onKey }: SignInProps): ComponentChildren {
  const [text, setText] = useState("");
  return html`<main class="alone">
    <p class="brand big">
      <span class="mark" aria-hidden="true"><i></i><i></i><i></i></span>Scoreline
    </p>
    <h1>Sign in</h1>
    <p class="lead">This gateway asks for a key. It stays in this tab, and ends with it.</p>
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
          aria-invalid=${refused}
          onInput=${(event: Event) => setText(textIn(event))}
        />
      </label>
      ${refused && html`<p class="fault" role="alert">The gateway does not know this key, or it has ended.</p>`}
      <div class="dropbar"><button class="btn" type="submit">Sign in</button></div>
    </form>
    <p class="small">
      Where is it? <code>npm start</code> keeps one in <code>.scoreline/api-key</code>: print it
      with <code>cat .scoreline/api-key</code>. Make others with
      <code>npx scoreline keys create NAME</code>.
    </p>
    <p class="small"><a href="docs">API reference</a> · <a href="docs/errors">Errors</a></p>
  </main>`;
}
