import type { ComponentChildren } from "preact";
import type { Model } from "../../../models/model-schema.ts";
import { bytes, count, duration } from "../app/figures.ts";
import { html } from "../app/html.ts";
import { Json } from "../forms/json-view.ts";
import { gatewayUrl } from "../app/viewer.ts";
import { Facts } from "../pieces/facts.ts";

interface ApiTabProps {
  readonly model: Model;
  /** As it is asked for. */
  readonly name: string;
}

/** What a program needs to know of a model. */
export function ApiTab({ model, name }: ApiTabProps): ComponentChildren {
  const { limits } = model;
  const facts = [
    ["Create a job", html`<code>POST ${gatewayUrl()}/v1/models/${name}/jobs</code>`],
    ["Content types", html`<code>${model.media_types.join(", ")}</code>`],
    ["Rows in a job", `${count(limits.rows_max)} at most`],
    ["Body", `${bytes(limits.body_bytes_max)} at most`],
    ["One run", `${duration(limits.run_timeout_ms)} at most`],
    ["Licence", model.license ?? "not said"],
  ];
  return html`<div class="card">
      <${Facts} facts=${facts} />
      <p><a href="docs">The whole API</a> · <a href="openapi.json">openapi.json</a></p>
    </div>
    ${(
      [
        ["Input", model.input_schema],
        ["Parameters", model.parameters_schema],
        ["Output", model.output_schema],
      ] as const
    ).map(
      ([title, schema]) =>
        html`<section class="same">
          <h2>${title}, as JSON Schema</h2>
          <div class="card"><${Json} value=${schema} /></div>
        </section>`,
    )}`;
}
