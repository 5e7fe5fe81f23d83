import type { ComponentChildren } from "preact";
import { useId, useLayoutEffect, useRef } from "preact/hooks";
import { submitting } from "../app/dom.ts";
import { html } from "../app/html.ts";
import { Button } from "./button.ts";
import { ProblemNote } from "./problem.ts";

interface DialogProps {
  readonly title: string;
  /** What its button says. */
  readonly action: string;
  /** Whether it destroys something. */
  readonly isDanger?: boolean;
  readonly canAct: boolean;
  /** Why it could not be done. */
  readonly error: Error | undefined;
  readonly onSubmit: () => void;
  /** By Escape, too. */
  readonly onClose: () => void;
  readonly children?: ComponentChildren;
}

/** A form above the page while it is there. Focus goes into it, and back to where it was. */
export function Dialog(props: DialogProps): ComponentChildren {
  const { title, action, isDanger = false, canAct, error, onSubmit, onClose, children } = props;
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useLayoutEffect(() => {
    const { current } = dialog;
    current?.showModal();
    return () => current?.close();
  }, []);
  return html`<dialog
    ref=${dialog}
    aria-labelledby=${id}
    onCancel=${(event: Event) => {
      event.preventDefault();
      onClose();
    }}
  >
    <h2 id=${id}>${title}</h2>
    <form onSubmit=${submitting(onSubmit)}>
      ${children} ${error !== undefined && html`<${ProblemNote} error=${error} />`}
      <div class="dropbar">
        <${Button} look="quiet" onClick=${onClose}>Cancel<//>
        <button type="submit" class=${isDanger ? "btn danger" : "btn"} disabled=${!canAct}>
          ${action}
        </button>
      </div>
    </form>
  </dialog>`;
}
