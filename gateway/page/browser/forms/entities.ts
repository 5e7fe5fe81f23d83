import type { ComponentChildren } from "preact";
import { percent } from "../app/figures.ts";
import { html } from "../app/html.ts";
import type { Form, OutputProps } from "./form.ts";
import { Json } from "./json-view.ts";
import { entitiesOf, piecesOf, type Entity } from "./mark.ts";
import { memberOf } from "./shape.ts";
import { textInput, textOfInput } from "./text-input.ts";

/** A text in, and the same text with what was found in it out. */
export const entitiesForm: Form = {
  kind: "Entities",
  inputTitle: "Text",
  outputTitle: "What stands in it",
  Input: textInput({
    label: "Your text",
    hint: "Type or paste a text, and press Enter",
    verb: "Find entities",
  }),
  Output,
};

function Output({ output, draft }: OutputProps): ComponentChildren {
  const entities = entitiesOf(output);
  if (entities === undefined) return html`<${Json} value=${output} />`;
  const sent = textOfInput(draft?.kind === "input" ? draft.input : undefined);
  const pieces = piecesOf(sent, entities, memberOf(output, "offsets"));
  return html`${
      sent !== "" &&
      html`<p class="marked">
        ${pieces.map(({ text, entity }) =>
          entity === undefined ? text : html`<mark>${text}<small>${entity.label}</small></mark>`,
        )}
      </p>`
    }
    ${entities.length === 0 && html`<p class="empty">Nothing was found in it.</p>`}
    <ul class="found">
      ${entities.map(
        ({ text, label, probability }: Entity) =>
          html`<li>
            <b>${text}</b><span>${label}</span><span class="num">${percent(probability)}</span>
          </li>`,
      )}
    </ul>`;
}
