import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { percent } from "../app/figures.ts";
import { html } from "../app/html.ts";
import { useObjectUrl } from "../app/object-url.ts";
import { boxesOf, type Box } from "./boxes.ts";
import type { Form, OutputProps } from "./form.ts";
import { imageForm } from "./image.ts";
import { Json } from "./json-view.ts";

/** Photographs in, and the things in them with their boxes out. */
export const detectionForm: Form = {
  ...imageForm,
  kind: "Objects",
  outputTitle: "What is where",
  Output,
};

const percentOf = (share: number): string => `${100 * share}%`;

function Output({ output, draft }: OutputProps): ComponentChildren {
  const url = useObjectUrl(draft?.kind === "file" ? draft.blob : undefined);
  const [active, setActive] = useState<number>();
  const found = boxesOf(output);
  if (found === undefined) return html`<${Json} value=${output} />`;
  const { boxes, aspect } = found;
  return html`<div class="boxed" style=${{ aspectRatio: String(aspect) }} aria-hidden="true">
      ${url !== undefined && html`<img src=${url} alt="" />`}
      ${boxes.map(
        ({ label, left, top, width, height }: Box, i) =>
          html`<i
            class=${i === active ? "active" : ""}
            style=${{
              left: percentOf(left),
              top: percentOf(top),
              width: percentOf(width),
              height: percentOf(height),
            }}
            ><span>${label}</span></i
          >`,
      )}
    </div>
    ${boxes.length === 0 && html`<p class="empty">Nothing was found with enough certainty.</p>`}
    <ul class="found">
      ${boxes.map(
        ({ label, score }: Box, i) =>
          html`<li
            class=${i === active ? "active" : ""}
            onMouseEnter=${() => setActive(i)}
            onMouseLeave=${() => setActive(undefined)}
          >
            <b>${label}</b><span class="num">${percent(score)}</span>
          </li>`,
      )}
    </ul>`;
}
