import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { html } from "../app/html.ts";

interface DropZoneProps {
  readonly look: "drop" | "drop flat";
  readonly onDrop: (dropped: DataTransfer) => void;
  /** Wherever on the page it is pasted. */
  readonly onPaste: (event: ClipboardEvent) => void;
  readonly children?: ComponentChildren;
}

/** What something is dropped on, or pasted into. */
export function DropZone({ look, onDrop, onPaste, children }: DropZoneProps): ComponentChildren {
  const [isOver, setOver] = useState(false);
  useEffect(() => {
    document.addEventListener("paste", onPaste);
    return () => document.removeEventListener("paste", onPaste);
  });
  return html`<div
    class=${`${look} ${isOver ? "over" : ""}`}
    onDragOver=${(event: DragEvent) => {
      event.preventDefault();
      setOver(true);
    }}
    onDragLeave=${() => setOver(false)}
    onDrop=${(event: DragEvent) => {
      event.preventDefault();
      setOver(false);
      if (event.dataTransfer) onDrop(event.dataTransfer);
    }}
  >
    ${children}
  </div>`;
}
