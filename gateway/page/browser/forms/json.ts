import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { submitting, textIn } from "../app/dom.ts";
import { html } from "../app/html.ts";
import { ExampleChips } from "./example-chips.ts";
import type { Form, InputProps, OutputProps } from "./form.ts";
import { jsonText } from "./json-text.ts";
import { Json } from "./json-view.ts";

/** Any input as JSON: for pipelines that have no form of their own. */
export const jsonForm: Form = {
  kind: "JSON",
  inputTitle: "Input",
  outputTitle: "Output",
  Input,
  Output,
};

function Input(props: InputProps): ComponentChildren {
  const { model, draft, onDraft, faults } = props;
  const given = draft?.kind === "input" ? jsonText(draft.input) : "";
  const [text, setText] = useState(given);
  const [fault, setFault] = useState<string>();
  useEffect(() => {
    setText(given);
    setFault(undefined);
  }, [given]);
  const score = (): void => {
    try {
      const input: unknown = JSON.parse(text);
      setFault(undefined);
      onDraft({ kind: "input", input });
    } catch (error) {
      setFault(`This is not JSON: ${error instanceof Error ? error.message : ""}`);
    }
  };
  const said = fault ?? [...faults].map(([pointer, it]) => `${pointer} ${it}`).join("\n");
  return html`<form onSubmit=${submitting(score)}>
    <label class="field">
      <span>The input, as JSON</span>
      <textarea
        rows="10"
        spellcheck="false"
        value=${text}
        aria-invalid=${said !== ""}
        onInput=${(event: Event) => setText(textIn(event))}
        onKeyDown=${(event: KeyboardEvent) => {
          if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) score();
        }}
      ></textarea>
    </label>
    ${said !== "" && html`<p class="fault" role="alert">${said}</p>`}
    <div class="dropbar">
      <button class="btn" type="submit">Score</button>
      <span class="small">or Ctrl and Enter</span>
    </div>
    <${ExampleChips} ...${props} />
    <details>
      <summary>What it takes</summary>
      <${Json} value=${model.input_schema} />
    </details>
  </form>`;
}

function Output({ output }: OutputProps): ComponentChildren {
  return html`<${Json} value=${output} />`;
}
