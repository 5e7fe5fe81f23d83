import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { percent } from "../app/figures.ts";
import { textIn } from "../app/dom.ts";
import { html } from "../app/html.ts";
import { Track } from "../pieces/bars.ts";
import { Inline } from "../pieces/markdown.ts";
import { ExampleChips } from "./example-chips.ts";
import type { Example, Form, InputProps, OutputProps } from "./form.ts";
import { Json } from "./json-view.ts";
import { listOf, memberOf } from "./shape.ts";

/** A question in, and the entries that answer it, best first. */
export const questionForm: Form = {
  kind: "Questions",
  inputTitle: "Question",
  outputTitle: "Answers",
  Input,
  Output,
  // Goldens also hold odd texts, which say nothing to a person.
  order: (examples) => examples.filter((example) => isPlain(questionOf(example.input))),
};

function Input({
  draft,
  examples,
  chosen,
  onExample,
  onDraft,
  faults,
}: InputProps): ComponentChildren {
  const given = questionOf(draft?.kind === "input" ? draft.input : undefined);
  const [text, setText] = useState(given);
  useEffect(() => setText(given), [given]);
  const fault = faults.get("/text");
  const score = (): void => onDraft({ kind: "input", input: { text } });
  return html`<form
    onSubmit=${(event: Event) => {
      event.preventDefault();
      score();
    }}
  >
    <label class="field">
      <span class="hidden">Your question</span>
      <textarea
        rows="3"
        value=${text}
        placeholder="Ask a question, and press Enter"
        aria-invalid=${fault !== undefined}
        onInput=${(event: Event) => setText(textIn(event))}
        onKeyDown=${(event: KeyboardEvent) => {
          if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
          event.preventDefault();
          score();
        }}
      ></textarea>
    </label>
    ${fault !== undefined && html`<p class="fault" role="alert">The question ${fault}.</p>`}
    <div class="dropbar">
      <button class="btn" type="submit">Ask</button><span class="small">or Enter</span>
    </div>
    <${ExampleChips}
      examples=${examples}
      chosen=${chosen}
      onExample=${onExample}
      textOf=${(example: Example) => questionOf(example.input)}
    />
  </form>`;
}

function Output({ output, known }: OutputProps): ComponentChildren {
  const matches = matchesOf(output);
  if (matches === undefined) return html`<${Json} value=${output} />`;
  if (matches.length === 0) return html`<p class="empty">No entry is probable enough.</p>`;
  const expected = matchesOf(known)?.[0]?.id;
  return html`<ol class="matches">
    ${matches.map(
      ({ id, question, answer, probability }) =>
        html`<li key=${id}>
          <div class="matchhead">
            <b>${question}</b>
            ${id === expected && html`<span class="chip good" title="What the model's maker has on record for this example">as on record</span>`}
            <span class="num">${percent(probability)}</span>
          </div>
          <${Track} share=${probability} />
          <p><${Inline} text=${answer} /></p>
        </li>`,
    )}
  </ol>`;
}

export function questionOf(input: unknown): string {
  const text = memberOf(input, "text");
  return typeof text === "string" ? text : "";
}

function matchesOf(output: unknown) {
  return listOf(memberOf(output, "matches"), (it) => {
    const [id, question, answer, probability] = ["id", "question", "answer", "probability"].map(
      (name) => memberOf(it, name),
    );
    const isWhole =
      typeof id === "string" &&
      typeof question === "string" &&
      typeof answer === "string" &&
      typeof probability === "number";
    return isWhole ? { id, question, answer, probability } : undefined;
  });
}

/** Words of a question as people type them. */
function isPlain(text: string): boolean {
  return (
    /^[\x20-\x7e]{8,60}$/.test(text) && text.trim().split(" ").length > 1 && /^[\w ]/.test(text)
  );
}
