import type { ComponentChildren } from "preact";
import { percent } from "../app/figures.ts";
import { html } from "../app/html.ts";
import { Track } from "../pieces/bars.ts";
import { Chip } from "../pieces/chip.ts";
import { Inline } from "../pieces/markdown.ts";
import type { Form, OutputProps } from "./form.ts";
import { Json } from "./json-view.ts";
import { listOf, memberOf } from "./shape.ts";
import { textInput, textOfInput } from "./text-input.ts";

/** A question in, and the entries that answer it, best first. */
export const questionForm: Form = {
  kind: "Questions",
  inputTitle: "Question",
  outputTitle: "Answers",
  Input: textInput({
    label: "Your question",
    hint: "Ask a question, and press Enter",
    verb: "Ask",
  }),
  Output,
  // Goldens also hold odd texts, which say nothing to a person.
  order: (examples) => examples.filter((example) => isPlain(textOfInput(example.input))),
};

function Output({ output, expected }: OutputProps): ComponentChildren {
  const matches = matchesOf(output);
  if (matches === undefined) return html`<${Json} value=${output} />`;
  if (matches.length === 0) return html`<p class="empty">No entry is probable enough.</p>`;
  const truth = memberOf(expected, "id");
  const isMissed = typeof truth === "string" && matches.every(({ id }) => id !== truth);
  return html`${isMissed && html`<p class="small">The true match, <code>${truth}</code>, is not among these.</p>`}
    <ol class="matches">
      ${matches.map(
        ({ id, question, answer, probability }) =>
          html`<li key=${id}>
            <div class="matchhead">
              <b>${question}</b>
              ${id === truth && html`<${Chip} tone="good" text="the true match" />`}
              <span class="num">${percent(probability)}</span>
            </div>
            <${Track} share=${probability} />
            <p><${Inline} text=${answer} /></p>
          </li>`,
      )}
    </ol>`;
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
