import type { ComponentChildren } from "preact";
import { html } from "../app/html.ts";
import { Button } from "./button.ts";
import { Copy } from "./copy.ts";

interface SecretNoteProps {
  /** Whose it is: `The secret of the shop` */
  readonly title: string;
  /** By what each is called. */
  readonly secrets: readonly (readonly [name: string, secret: string])[];
  /** Whoever looks has it. */
  readonly onClose: () => void;
  readonly children?: ComponentChildren;
}

/** What is shown only once, with a way to keep it. */
export function SecretNote(props: SecretNoteProps): ComponentChildren {
  const { title, secrets, onClose, children } = props;
  return html`<section class="note warn secrets" aria-label=${title} role="status">
    <b>${title}</b>
    <p>Copy it now: it is shown only once.</p>
    ${secrets.map(
      ([name, secret]) =>
        html`<div key=${name} class="secret">
          <span class="small">${name}</span>
          <code>${secret}</code>
          <${Copy} text=${secret} />
        </div>`,
    )}
    ${children}
    <${Button} onClick=${onClose}>I have it<//>
  </section>`;
}
