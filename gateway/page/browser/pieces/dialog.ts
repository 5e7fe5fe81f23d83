import type { ComponentChildren } from "preact";
import { useId, useLayoutEffect, useRef } from "preact/hooks";
import { html } from "../app/html.ts";

interface DialogProps {
  readonly title: string;
  /** By Escape, too. */
  readonly onClose: () => void;
  readonly children?: ComponentChildren;
}

/** What stands above the page while it is there. Focus goes into it, and back to where it was. */
export function Dialog({ title, onClose, children }: DialogProps): ComponentChildren {
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
    ${children}
  </dialog>`;
}
