import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";

import { html } from "../app/html.ts";
import { useObjectUrl } from "../app/object-url.ts";
import { Drop } from "../pieces/drop.ts";
import type { Example, Form, InputProps } from "./form.ts";
import { predictionsOf, PredictionsOutput } from "./predictions.ts";

const EXAMPLES_MAX = 6;

/** Photographs in, and what they show out. */
export const imageForm: Form = {
  kind: "Photos",
  inputTitle: "Photo",
  outputTitle: "What it shows",
  Input,
  Output: PredictionsOutput,
  order: (examples) =>
    examples
      .filter(({ file }) => file !== null)
      .toSorted((a, b) => bestOf(b.output) - bestOf(a.output))
      .slice(0, EXAMPLES_MAX),
};

function Input({
  model,
  draft,
  examples,
  chosen,
  onExample,
  onDraft,
  load,
}: InputProps): ComponentChildren {
  const url = useObjectUrl(draft?.kind === "file" ? draft.blob : undefined);
  const types = model.media_types.filter((type) => type.startsWith("image/"));
  const name = draft?.kind === "file" ? draft.name : "";
  return html`<${Drop}
      types=${types}
      bytesMax=${model.limits.body_bytes_max}
      hint="Drop a photo here, paste one, or choose a file."
      onFile=${(file: File) => onDraft({ kind: "file", blob: file, name: file.name })}
      preview=${url === undefined ? undefined : html`<img src=${url} alt=${name} />`}
    />
    ${
      examples.length > 0 &&
      html`<div class="examples" role="group" aria-label="Examples">
        <span>Examples</span>
        ${examples.map(
          (example) =>
            html`<${Thumbnail}
              key=${example.name}
              example=${example}
              isChosen=${example.name === chosen}
              load=${load}
              onChoose=${() => onExample(example)}
            />`,
        )}
      </div>`
    }`;
}

interface ThumbnailProps {
  readonly example: Example;
  readonly isChosen: boolean;
  readonly load: (url: string) => Promise<Blob>;
  readonly onChoose: () => void;
}

function Thumbnail({ example, isChosen, load, onChoose }: ThumbnailProps): ComponentChildren {
  const [blob, setBlob] = useState<Blob>();
  const exampleUrl = example.file?.url;
  useEffect(() => {
    if (exampleUrl === undefined) return;
    void load(exampleUrl).then(setBlob, () => undefined);
  }, [exampleUrl]);
  const url = useObjectUrl(blob);
  return html`<button
    type="button"
    aria-pressed=${isChosen}
    aria-label=${example.name}
    title=${example.name}
    onClick=${onChoose}
  >
    ${url !== undefined && html`<img src=${url} alt="" />`}
  </button>`;
}

/** The probability of the first prediction on record. */
function bestOf(output: unknown): number {
  return predictionsOf(output)?.[0]?.probability ?? 0;
}
