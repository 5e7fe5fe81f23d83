import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { submitting } from "../app/dom.ts";
import { figure } from "../app/figures.ts";
import { html } from "../app/html.ts";
import { Bars } from "../pieces/bars.ts";
import { ExampleChips } from "./example-chips.ts";
import { FieldInput } from "./field-input.ts";
import type { Form, InputProps, OutputProps } from "./form.ts";
import { Json } from "./json-view.ts";
import { jsonForm } from "./json.ts";
import { fieldsOf, textOf, valueOf, type Field } from "./schema.ts";
import { memberOf, numbersOf } from "./shape.ts";

/** A record of a table in, a field per column. */
export const recordForm: Form = {
  kind: "Table",
  inputTitle: "Record",
  outputTitle: "Prediction",
  Input,
  Output,
};

/** What is typed into the fields, by name. */
export type Texts = Readonly<Record<string, string>>;

function Input(props: InputProps): ComponentChildren {
  const fields = fieldsOf(props.model.input_schema);
  if (fields === undefined) return html`<${jsonForm.Input} ...${props} />`;
  return html`<${Record} ...${props} fields=${fields} />`;
}

function Record(props: InputProps & { fields: readonly Field[] }): ComponentChildren {
  const { fields, draft, onDraft, faults } = props;
  const given = draft?.kind === "input" ? draft.input : undefined;
  const [texts, setTexts] = useState(textsOf(fields, given));
  useEffect(() => setTexts(textsOf(fields, given)), [given]);
  const score = (): void => onDraft({ kind: "input", input: recordOf(fields, texts) });
  return html`<form onSubmit=${submitting(score)}>
    <div class="fields">
      ${fields.map(
        (field) =>
          html`<${FieldInput}
            key=${field.name}
            field=${field}
            text=${texts[field.name] ?? ""}
            fault=${faults.get(`/${field.name}`)}
            onText=${(text: string) => setTexts({ ...texts, [field.name]: text })}
          />`,
      )}
    </div>
    <div class="dropbar">
      <button class="btn" type="submit">Score</button><span class="small">or Enter</span>
    </div>
    <${ExampleChips} ...${props} />
  </form>`;
}

/** A record as texts; what it does not say is the column's default. */
export function textsOf(fields: readonly Field[], record: unknown): Texts {
  return Object.fromEntries(
    fields.map(({ name, fallback }) => [name, textOf(memberOf(record, name) ?? fallback)]),
  );
}

/** Texts as a record; empty fields are left to their defaults. */
export function recordOf(fields: readonly Field[], texts: Texts): object {
  const members = fields.map(({ name, kind }) => [name, valueOf(kind, texts[name] ?? "")] as const);
  return Object.fromEntries(members.filter(([, value]) => value !== undefined));
}

function Output({ output }: OutputProps): ComponentChildren {
  const label = memberOf(output, "label");
  const shares = numbersOf(memberOf(output, "probabilities"));
  if (shares !== undefined) {
    const bars = shares
      .map(([name, share]) => ({ label: name, share }))
      .toSorted((a, b) => b.share - a.share);
    return html`${label !== undefined && html`<p class="verdict">${typeof label === "string" ? label : JSON.stringify(label)}</p>`}<${Bars}
        bars=${bars}
      />`;
  }
  const numbers = numbersOf(output);
  if (numbers === undefined) return html`<${Json} value=${output} />`;
  return html`<dl class="values">
    ${numbers.map(
      ([name, value]) =>
        html`<div>
          <dt>${name}</dt>
          <dd class="num">${figure(value)}</dd>
        </div>`,
    )}
  </dl>`;
}
