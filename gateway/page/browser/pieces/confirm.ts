import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { textIn } from "../app/dom.ts";
import { html } from "../app/html.ts";
import { useAct } from "../app/use-act.ts";
import { Dialog } from "./dialog.ts";
import { ProblemNote } from "./problem.ts";

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
  const isTyped = text.trim() === word;
  const confirm = async (): Promise<void> => {
    await onConfirm();
    onClose();
  };
  return html`<${Dialog} title=${title} onClose=${onClose}>
    <form
      onSubmit=${(event: Event) => {
        event.preventDefault();
        if (isTyped && !isBusy) act(confirm);
      }}
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
      ${error !== undefined && html`<${ProblemNote} error=${error} />`}
      <div class="dropbar">
        <button type="button" class="btn quiet" onClick=${onClose}>Cancel</button>
        <button type="submit" class="btn danger" disabled=${!isTyped || isBusy}>${action}</button>
      </div>
    </form>
  <//>`;
}
