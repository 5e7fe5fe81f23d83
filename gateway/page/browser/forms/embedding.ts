import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Model } from "../../../models/model-schema.ts";
import { submitting } from "../app/dom.ts";
import { count, figure } from "../app/figures.ts";
import { html } from "../app/html.ts";
import { Track } from "../pieces/bars.ts";
import type { Draft } from "./draft.ts";
import type { Example, Form, InputProps, OutputProps } from "./form.ts";
import { Json } from "./json-view.ts";
import { embeddingOf, nearest } from "./nearest.ts";
import { TextField, textOfInput } from "./text-input.ts";

/** A text and three to compare it with: what an embedding is good for. */
export const embeddingForm: Form = {
  kind: "Embeddings",
  inputTitle: "Texts",
  outputTitle: "Nearest first",
  Input,
  Output,
  draftOf,
};

const TEXT = "how do I put a list in order";
const OTHERS = ["Sorting an array", "A recipe for apple pie", "The weather in Paris tomorrow"];

/** As many as one job of the model takes, of which one is the text itself. */
function othersOf({ limits }: Model): readonly string[] {
  return OTHERS.slice(0, Math.max(0, limits.rows_max - 1));
}

function draftOf(example: Example, model: Model): Draft {
  const own = example.made_up ? TEXT : textOfInput(example.input);
  return draftWith([own, ...othersOf(model)]);
}

function draftWith(texts: readonly string[]): Draft {
  const inputs = texts.map((text) => ({ text }));
  return inputs.length === 1 ? { kind: "input", input: inputs[0] } : { kind: "inputs", inputs };
}

function textsOf(draft: Draft | undefined): readonly string[] | undefined {
  if (draft?.kind === "inputs") return draft.inputs.map(textOfInput);
  return draft?.kind === "input" ? [textOfInput(draft.input)] : undefined;
}

function Input({ model, draft, onDraft, faults }: InputProps): ComponentChildren {
  const given = textsOf(draft) ?? [TEXT, ...othersOf(model)];
  const [texts, setTexts] = useState(given);
  useEffect(() => setTexts(given), [draft]);
  const score = (): void => onDraft(draftWith(texts));
  return html`<form onSubmit=${submitting(score)}>
    ${texts.map(
      (text, i) =>
        html`<${TextField}
          key=${i}
          label=${i === 0 ? "Your text" : `Text ${i} to compare it with`}
          isLabelHidden=${false}
          rows=${i === 0 ? 2 : 1}
          text=${text}
          fault=${faults.get(texts.length === 1 ? "/text" : `/${i}/text`)}
          onText=${(it: string) => setTexts(texts.with(i, it))}
          onEnter=${score}
        />`,
    )}
    <div class="dropbar">
      <button class="btn" type="submit">Compare</button><span class="small">or Enter</span>
    </div>
  </form>`;
}

function Output({ output, draft }: OutputProps): ComponentChildren {
  const neighbours = nearest(textsOf(draft) ?? [], output);
  if (neighbours === undefined) {
    const embedding = embeddingOf(output);
    return html`${embedding !== undefined && html`<p>An embedding of ${count(embedding.length)} numbers.</p>`}
      <${Json} value=${output} />`;
  }
  const [own] = Array.isArray(output) ? output.map(embeddingOf) : [];
  return html`<ol class="bars">
      ${neighbours.map(
        ({ text, similarity }) =>
          html`<li>
            <b>${text}</b><span class="num">${figure(similarity)}</span>
            <${Track} share=${similarity} />
          </li>`,
      )}
    </ol>
    <p class="small">
      The cosine of the angle between two embeddings of ${count(own?.length ?? 0)} numbers: 1 where
      they say the same.
    </p>`;
}
