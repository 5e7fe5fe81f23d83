import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { EndpointJson } from "../../../endpoints/endpoint-json.ts";
import type { ModelList } from "../../../models/model-schema.ts";
import { textIn } from "../app/dom.ts";
import { html } from "../app/html.ts";
import { candidatesOf, shadowName } from "./candidates.ts";
import { withoutState, type Changing } from "./use-change.ts";

interface NewShadowProps {
  readonly endpoint: EndpointJson;
  readonly models: ModelList | undefined;
  readonly changing: Changing;
}

/** Has another version score the default's requests as well, for comparison. */
export function NewShadow({ endpoint, models, changing }: NewShadowProps): ComponentChildren {
  const candidates = candidatesOf(endpoint, models);
  const [chosen, choose] = useState<string>();
  const model = chosen ?? candidates[0];
  if (model === undefined) {
    return html`<p class="small">
      There is no other version to compare with. Add one:
      <code>npx scoreline models add model.onnx</code>
    </p>`;
  }
  const compare = (event: Event): void => {
    event.preventDefault();
    const { name, default: live, shadows } = endpoint;
    const shadow = { name: shadowName(endpoint, model), model, of: [live] };
    const body = { shadows: [...shadows.map(withoutState), shadow] };
    void changing.change({ text: `${model} now stands beside ${live} of ${name}.`, body });
  };
  return html`<form class="toolbar" onSubmit=${compare}>
    <label
      >Compare the default with
      <select value=${model} onChange=${(event: Event) => choose(textIn(event))}>
        ${candidates.map((id) => html`<option key=${id} value=${id}>${id}</option>`)}
      </select></label
    >
    <button type="submit" class="btn quiet" disabled=${changing.isBusy}>Compare</button>
  </form>`;
}
