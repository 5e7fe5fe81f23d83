import type { ComponentChildren } from "preact";
import { useRef, useState } from "preact/hooks";
import { errorOf } from "../app/error-of.ts";
import { html } from "../app/html.ts";
import { Button } from "../pieces/button.ts";
import { DropZone } from "../pieces/drop-zone.ts";
import { dropped, pasted, picked, sourceOf, type Chosen } from "../upload/chosen.ts";
import type { Source } from "../upload/source.ts";

interface SourceDropProps {
  readonly onSource: (source: Source) => void;
  readonly children?: ComponentChildren;
}

/** Takes a table, lines of JSON or photos: by drop, choice or paste. */
export function SourceDrop({ onSource, children }: SourceDropProps): ComponentChildren {
  const [refusal, setRefusal] = useState<string>();
  const take = (chosen: Chosen | Promise<Chosen>): void => {
    setRefusal(undefined);
    Promise.resolve(chosen)
      .then(sourceOf)
      .then(onSource)
      .catch((error: unknown) => setRefusal(errorOf(error).message));
  };
  const paste = ({ clipboardData: data, target }: ClipboardEvent): void => {
    if (data === null || isField(target)) return;
    if (data.files.length > 0) take(picked(data.files));
    else if (data.getData("text").trim() !== "") take(pasted(data.getData("text")));
  };
  return html`<${DropZone}
      look="drop flat"
      onDrop=${(transfer: DataTransfer) => take(dropped(transfer))}
      onPaste=${paste}
    >
      ${children}
    <//>
    <div class="dropbar">
      <${Picker} label="Choose a file" accept=".csv,.ndjson,.jsonl,image/*" onPick=${take} />
      <${Picker} label="Choose a folder" isFolder onPick=${take} />
      <span class="small">or drop it, or paste it</span>
    </div>
    ${refusal !== undefined && html`<p class="fault" role="alert">${refusal}</p>`}`;
}

interface PickerProps {
  readonly label: string;
  readonly accept?: string;
  readonly isFolder?: boolean;
  readonly onPick: (chosen: Chosen) => void;
}

function Picker({ label, accept, isFolder = false, onPick }: PickerProps): ComponentChildren {
  const input = useRef<HTMLInputElement>(null);
  return html`<${Button} look="quiet" onClick=${() => input.current?.click()}>${label}<//>
    <input
      ref=${input}
      type="file"
      hidden
      multiple
      aria-label=${label}
      accept=${accept}
      webkitdirectory=${isFolder}
      onChange=${() => {
        const files = input.current?.files;
        if (files && files.length > 0) onPick(picked(files));
        if (input.current) input.current.value = "";
      }}
    />`;
}

function isField(target: EventTarget | null): boolean {
  return target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement;
}
