import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { BatchObject } from "../../../batches/batch-schema.ts";
import type { Model, ModelList } from "../../../models/model-schema.ts";
import { textIn } from "../app/dom.ts";
import { bytes, several } from "../app/figures.ts";
import type { Gateway } from "../app/gateway.ts";
import { errorOf } from "../app/error-of.ts";
import { html } from "../app/html.ts";
import { useAnswer } from "../app/use-answer.ts";
import { may, type Viewer } from "../app/viewer.ts";
import { ParameterFields } from "../forms/parameters.ts";
import { Button } from "../pieces/button.ts";
import { ProblemNote } from "../pieces/problem.ts";
import { Lacking } from "../pieces/states.ts";
import type { Source } from "../upload/source.ts";
import type { Uploads } from "../upload/uploads.ts";
import { BatchCode } from "./batch-code.ts";
import { SourceDrop } from "./source-drop.ts";
import { likelyModel, NO_WISHES, requestOf, type Wishes } from "./wishes.ts";

interface NewBatchProps {
  readonly viewer: Viewer;
  readonly models: ModelList | undefined;
  readonly uploads: Uploads;
  /** Chosen before, by a link. */
  readonly model: string;
}

/** From a file or a folder to a batch. */
export function NewBatch({ viewer, models, uploads, model }: NewBatchProps): ComponentChildren {
  const [source, setSource] = useState<Source>();
  const [wishes, setWishes] = useState<Wishes>(NO_WISHES);
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<Error>();
  if (!may(viewer, "batches:*")) {
    return html`<${Lacking} scope="batches:*" what="make or read batches" />`;
  }
  const take = (taken: Source): void => {
    setError(undefined);
    setSource(taken);
    const likely = models === undefined ? model : likelyModel(taken, models, model);
    setWishes({ ...NO_WISHES, model: likely });
  };
  const start = async (chosen: Source): Promise<void> => {
    setBusy(true);
    setError(undefined);
    try {
      const { id } = await make(viewer.gateway, requestOf(chosen, wishes));
      const { isLenient } = wishes;
      uploads.start({ gateway: viewer.gateway, id, source: chosen, isLenient });
      location.hash = `#/batches/${id}`;
    } catch (reason) {
      setError(errorOf(reason));
      setBusy(false);
    }
  };
  return html`<form
    class="card"
    aria-label="New batch"
    onSubmit=${(event: Event) => {
      event.preventDefault();
      if (source !== undefined && !isBusy) void start(source);
    }}
  >
    <h2>New batch</h2>
    <${SourceDrop} onSource=${take}>
      ${source === undefined ? html`<p>Drop a CSV, a file with an item of JSON in each line, or a folder of photos.</p>` : html`<p><b>${source.name}</b><br />${sizeText(source)}</p>`}
    <//>
    ${
      source !== undefined &&
      html`<${WishFields}
          viewer=${viewer}
          models=${models}
          source=${source}
          wishes=${wishes}
          onWishes=${setWishes}
        />
        ${error !== undefined && html`<${ProblemNote} error=${error} />`}
        <div class="dropbar">
          <button type="submit" class="btn" disabled=${isBusy || wishes.model === ""}>
            ${isBusy ? "Making it" : "Score it"}
          </button>
          <${Button} look="quiet" onClick=${() => setSource(undefined)}>Something else<//>
        </div>
        <${BatchCode}
          viewer=${viewer}
          model=${wishes.model}
          kind=${source.kind}
          path=${source.name}
        />`
    }
  </form>`;
}

function sizeText({ bytes: size, items, kind }: Source): string {
  const what = { csv: "CSV", ndjson: "lines of JSON", photos: "photos" }[kind];
  return `${items === undefined ? what : several(items, "photo")}, ${bytes(size)}`;
}

interface WishFieldsProps {
  readonly viewer: Viewer;
  readonly models: ModelList | undefined;
  readonly source: Source;
  readonly wishes: Wishes;
  readonly onWishes: (wishes: Wishes) => void;
}

function WishFields(props: WishFieldsProps): ComponentChildren {
  const { viewer, models, source, wishes, onWishes } = props;
  const { model, isLenient, parameters } = wishes;
  const path = model === "" ? undefined : `/v1/models/${encodeURIComponent(model)}`;
  const { value: described } = useAnswer<Model>(viewer.gateway, path);
  const set = (some: Partial<Wishes>): void => onWishes({ ...wishes, ...some });
  const field = (label: string, name: "name" | "maxFailed" | "webhook", hint: string) =>
    html`<label class="field">
      <span>${label} <small>optional</small></span>
      <input
        value=${wishes[name]}
        placeholder=${hint}
        onInput=${(event: Event) => set({ [name]: textIn(event) })}
      />
    </label>`;
  const names = (models?.data ?? []).map(({ name }) => name);
  return html`<div class="fields wishes">
      <label class="field">
        <span>Model</span>
        <select
          value=${model}
          onChange=${(event: Event) => set({ model: textIn(event), parameters: {} })}
        >
          ${[...new Set([...names, model])].map((it) => html`<option key=${it} value=${it}>${it}</option>`)}
        </select>
      </label>
      <label class="field">
        <span>Bad items</span>
        <select
          value=${isLenient ? "lenient" : "strict"}
          onChange=${(event: Event) => set({ isLenient: textIn(event) === "lenient" })}
        >
          <option value="strict">end the upload</option>
          <option value="lenient">fail alone</option>
        </select>
      </label>
      ${field("Name", "name", source.name)}
      ${field("Stop after failures", "maxFailed", "any number")}
      ${field("Webhook at its end", "webhook", "https://…")}
    </div>
    ${
      described !== undefined &&
      html`<${ParameterFields}
        schema=${described.parameters_schema}
        parameters=${parameters}
        onParameters=${(chosen: Wishes["parameters"]) => set({ parameters: chosen })}
      />`
    }`;
}

const TRIES = 3;

/** Makes an open batch; the same request made again finds the same one. */
async function make(gateway: Gateway, wanted: unknown): Promise<BatchObject> {
  const bytesOf = crypto.getRandomValues(new Uint8Array(16));
  const key = Array.from(bytesOf, (byte) => byte.toString(16).padStart(2, "0")).join("");
  const headers = { "content-type": "application/json", "idempotency-key": key };
  const init = { method: "POST", headers, body: JSON.stringify(wanted) };
  for (let tries = 1; ; tries += 1) {
    try {
      const response = await gateway.ask("/v1/batches", init);
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion
      return (await response.json()) as BatchObject;
    } catch (error) {
      if (!(error instanceof TypeError) || tries === TRIES) throw error;
    }
  }
}
