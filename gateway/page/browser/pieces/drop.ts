import type { ComponentChildren } from "preact";
import { useRef, useState } from "preact/hooks";
import { html } from "../app/html.ts";
import { Button } from "./button.ts";
import { DropZone } from "./drop-zone.ts";
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
  const take = (file: File | null | undefined): void => {
    if (!file) return;
    const why = refusalOf(file, { types, bytesMax });
    setRefusal(why);
    if (why === undefined) onFile(file);
  };
  return html`<${DropZone}
      look="drop"
      onDrop=${({ files }: DataTransfer) => take(files[0])}
      onPaste=${({ clipboardData }: ClipboardEvent) => take(clipboardData?.files[0])}
    >
      ${preview ?? html`<p>${hint}</p>`}
    <//>
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
