import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { html } from "../app/html.ts";
import { Button } from "./button.ts";
import { refusalOf, type FileLimits } from "./refusal.ts";

export interface DropProps extends FileLimits {
  readonly hint: string;
  readonly onFile: (file: File) => void;
  /** What is shown in place of the hint. */
  readonly preview: ComponentChildren;
}

/** Takes a file by click, drop or paste. */
export function Drop({ types, bytesMax, hint, onFile, preview }: DropProps): ComponentChildren {
  const picker = useRef<HTMLInputElement>(null);
  const [refusal, setRefusal] = useState<string>();
  const [isOver, setOver] = useState(false);
  const take = (file: File | null | undefined): void => {
    if (!file) return;
    const why = refusalOf(file, { types, bytesMax });
    setRefusal(why);
    if (why === undefined) onFile(file);
  };
  useEffect(() => {
    const onPaste = (event: ClipboardEvent): void => {
      const file = event.clipboardData?.files[0];
      if (file) take(file);
    };
    document.addEventListener("paste", onPaste);
    return () => document.removeEventListener("paste", onPaste);
  });
  return html`<div
      class=${`drop ${isOver ? "over" : ""}`}
      onDragOver=${(event: DragEvent) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave=${() => setOver(false)}
      onDrop=${(event: DragEvent) => {
        event.preventDefault();
        setOver(false);
        take(event.dataTransfer?.files[0]);
      }}
    >
      ${preview ?? html`<p>${hint}</p>`}
    </div>
    <div class="dropbar">
      <${Button} look="quiet" onClick=${() => picker.current?.click()}>Choose a file<//>
      <span class="small">or drop it, or paste it</span>
      <input
        ref=${picker}
        type="file"
        hidden
        accept=${types.join(",")}
        onChange=${() => {
          take(picker.current?.files?.[0]);
          if (picker.current) picker.current.value = "";
        }}
      />
    </div>
    ${refusal !== undefined && html`<p class="fault" role="alert">${refusal}</p>`}`;
}
