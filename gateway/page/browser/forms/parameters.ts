import type { ComponentChildren } from "preact";
import { html } from "../app/html.ts";
import type { Parameters } from "./draft.ts";
import { FieldInput } from "./field-input.ts";
import { fieldsOf, textOf, valueOf, type Schema } from "./schema.ts";

interface ParameterFieldsProps {
  readonly schema: Schema;
  readonly parameters: Parameters;
  readonly onParameters: (parameters: Parameters) => void;
}

/** What a model lets choose, such as how many answers; where nothing is said, its defaults hold. */
export function ParameterFields({
  schema,
  parameters,
  onParameters,
}: ParameterFieldsProps): ComponentChildren {
  const fields = fieldsOf(schema) ?? [];
  if (fields.length === 0) return null;
  return html`<details class="parameters">
    <summary>Parameters</summary>
    <div class="fields">
      ${fields.map(
        (field) =>
          html`<${FieldInput}
            key=${field.name}
            field=${field}
            text=${textOf(parameters[field.name])}
            onText=${(text: string) => {
              const { [field.name]: _, ...others } = parameters;
              const value = valueOf(field.kind, text);
              onParameters(value === undefined ? others : { ...others, [field.name]: value });
            }}
          />`,
      )}
    </div>
  </details>`;
}
