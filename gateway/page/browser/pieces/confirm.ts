import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { textIn } from "../app/dom.ts";
import { html } from "../app/html.ts";
import { useAct } from "../app/use-act.ts";
import { Dialog } from "./dialog.ts";

interface ConfirmProps {
  /** What is asked: `Purge the lane wine@1 bulk?` */
  readonly title: string;
  /** What has to be typed: the name of what is destroyed. */
  readonly word: string;
  /** What the button says: `Purge` */
  readonly action: string;
  /** Does it. What it throws is shown, and the dialog stays. */
  readonly onConfirm: () => Promise<void>;
  /** When it is done, and when somebody thinks better of it. */
  readonly onClose: () => void;
  /** What will happen, in words. */
  readonly children?: ComponentChildren;
}

/** Asks for a name before it destroys what has that name. Put it on the page to ask. */
export function Confirm(props: ConfirmProps): ComponentChildren {
  const { title, word, action, onConfirm, onClose, children } = props;
  const [text, setText] = useState("");
  const { isBusy, error, act } = useAct();
  const canAct = text.trim() === word && !isBusy;
  const confirm = async (): Promise<void> => {
    await onConfirm();
    onClose();
  };
  return html`<${Dialog}
    title=${title}
    action=${action}
    isDanger
    canAct=${canAct}
    error=${error}
    onSubmit=${() => canAct && act(confirm)}
    onClose=${onClose}
  >
    ${children}
    <label class="field">
      <span>Type <code>${word}</code> to confirm</span>
      <input
        autofocus
        autocomplete="off"
        spellcheck=${false}
        value=${text}
        onInput=${(event: Event) => setText(textIn(event))}
      />
    </label>
  <//>`;
}
