import type { ComponentChildren, ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { submitting, textIn } from "../app/dom.ts";
import { html } from "../app/html.ts";
import { ExampleChips } from "./example-chips.ts";
import type { Example, InputProps } from "./form.ts";
import { memberOf } from "./shape.ts";

interface Words {
  /** What the field is called: "Your question". */
  readonly label: string;
  readonly hint: string;
  /** On the button. */
  readonly verb: string;
}

/** An input `{"text": …}`, typed into a field; Enter scores it. */
export function textInput({ label, hint, verb }: Words): ComponentType<InputProps> {
  return function Input(props) {
    const { draft, onDraft, faults } = props;
    const given = textOfInput(draft?.kind === "input" ? draft.input : undefined);
    const [text, setText] = useState(given);
    useEffect(() => setText(given), [given]);
    const score = (): void => onDraft({ kind: "input", input: { text } });
    return html`<form onSubmit=${submitting(score)}>
      <${TextField}
        label=${label}
        isLabelHidden=${true}
        hint=${hint}
        rows=${3}
        text=${text}
        fault=${faults.get("/text")}
        onText=${setText}
        onEnter=${score}
      />
      <div class="dropbar">
        <button class="btn" type="submit">${verb}</button><span class="small">or Enter</span>
      </div>
      <${ExampleChips} ...${props} textOf=${(example: Example) => textOfInput(example.input)} />
    </form>`;
  };
}

interface TextFieldProps {
  readonly label: string;
  readonly isLabelHidden: boolean;
  readonly hint?: string;
  readonly rows: number;
  readonly text: string;
  readonly fault: string | undefined;
  readonly onText: (text: string) => void;
  readonly onEnter: () => void;
}

/** A field for a text of some lines. Enter is a wish of its own; with Shift it begins a line. */
export function TextField(props: TextFieldProps): ComponentChildren {
  const { label, isLabelHidden, hint = "", rows, text, fault, onText, onEnter } = props;
  return html`<label class="field">
      <span class=${isLabelHidden ? "hidden" : ""}>${label}</span>
      <textarea
        rows=${rows}
        value=${text}
        placeholder=${hint}
        aria-invalid=${fault !== undefined}
        onInput=${(event: Event) => onText(textIn(event))}
        onKeyDown=${(event: KeyboardEvent) => {
          if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
          event.preventDefault();
          onEnter();
        }}
      ></textarea>
    </label>
    ${fault !== undefined && html`<p class="fault" role="alert">${label}: ${fault}.</p>`}`;
}

/** What stands in an input `{"text": …}`. */
export function textOfInput(input: unknown): string {
  const text = memberOf(input, "text");
  return typeof text === "string" ? text : "";
}
