import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Model, ModelList, ModelVersionBrief } from "../../../models/model-schema.ts";
import { textIn } from "../app/dom.ts";
import { html } from "../app/html.ts";
import { modelLink, type ModelTab } from "../app/route.ts";
import { useStrip } from "../app/strip.ts";
import { useAnswer, type Answer } from "../app/use-answer.ts";
import type { Viewer } from "../app/viewer.ts";
import { formOf } from "../forms/forms.ts";
import { Chip } from "../pieces/chip.ts";
import { Empty, Missing } from "../pieces/states.ts";
import { ApiTab } from "./api-tab.ts";
import { CardTab } from "./card-tab.ts";
import { remedyOf, statusChip, statusWord } from "./model-status.ts";
import { TryTab } from "./try-tab.ts";
import { VersionsTab } from "./versions-tab.ts";

interface ModelsPageProps {
  readonly viewer: Viewer;
  readonly models: Answer<ModelList>;
  readonly name: string | undefined;
  readonly tab: ModelTab;
}

/** Left the models, right one of them: the first, unless one is named. */
export function ModelsPage({ viewer, models, name, tab }: ModelsPageProps): ComponentChildren {
  const { value, error } = models;
  if (value === undefined) {
    return html`<main id="main" tabindex="-1" class="alone">
      <h1>Models</h1>
      <${Missing} what="the models" value=${value} error=${error} />
    </main>`;
  }
  const chosen = name ?? firstOf(value)?.name;
  return html`<div class="split">
    <${ModelNav} models=${value} chosen=${chosen} />
    <main id="main" tabindex="-1" class="page">
      ${
        chosen === undefined
          ? html`<h1>Models</h1>
              <${Empty} title="Your key may use no model."><p>An admin can allow it some.</p><//>`
          : html`<${ModelView}
              key=${chosen}
              viewer=${viewer}
              models=${value}
              name=${chosen}
              tab=${tab}
            />`
      }
    </main>
  </div>`;
}

/** One that answers, if there is any. */
function firstOf({ data }: ModelList): ModelList["data"][number] | undefined {
  return data.find((model) => defaultOf(model)?.status === "available") ?? data[0];
}

/** The version that the bare name means. */
export function defaultOf({
  versions,
  default_version: chosen,
}: ModelList["data"][number]): ModelVersionBrief | undefined {
  return versions.find(({ version }) => version === chosen) ?? versions.at(-1);
}

function ModelNav({
  models,
  chosen,
}: {
  models: ModelList;
  chosen: string | undefined;
}): ComponentChildren {
  const [sought, seek] = useState("");
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (
        event.key !== "/" ||
        event.target instanceof HTMLInputElement ||
        event.target instanceof HTMLTextAreaElement
      )
        return;
      event.preventDefault();
      field.current?.focus();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);
  const found = models.data.filter(({ name }) => name.includes(sought.trim().toLowerCase()));
  const [current = ""] = (chosen ?? "").split("@");
  const strip = useStrip(current);
  return html`<nav ref=${strip} class="models" aria-label="Models">
    <input
      ref=${field}
      type="search"
      placeholder="Find a model"
      aria-label="Find a model"
      aria-keyshortcuts="/"
      value=${sought}
      onInput=${(event: Event) => seek(textIn(event))}
      onKeyDown=${(event: KeyboardEvent) => {
        if (event.key !== "Escape") return;
        seek("");
        field.current?.blur();
      }}
    />
    ${found.map((model) => {
      const version = defaultOf(model);
      return html`<a
        key=${model.name}
        href=${modelLink(model.name)}
        aria-current=${model.name === current ? "true" : undefined}
      >
        <b>${model.name}</b>
        <small>${version && `${formOf(version.pipeline).kind} · ${statusWord(version)}`}</small>
      </a>`;
    })}
    ${found.length === 0 && html`<p class="small">No model is called that.</p>`}
    <div class="add">Add your own:<br /><code>npx scoreline models add model.onnx</code></div>
  </nav>`;
}

const TABS: readonly (readonly [tab: ModelTab, name: string])[] = [
  ["try", "Try it"],
  ["card", "Card"],
  ["versions", "Versions"],
  ["api", "API"],
];

interface ModelViewProps {
  readonly viewer: Viewer;
  readonly models: ModelList;
  readonly name: string;
  readonly tab: ModelTab;
}

function ModelView({ viewer, models, name, tab }: ModelViewProps): ComponentChildren {
  const { value: model, error } = useAnswer<Model>(
    viewer.gateway,
    `/v1/models/${encodeURIComponent(name)}`,
  );
  if (model === undefined) {
    return html`<h1>${name}</h1>
      <${Missing} what="the model" value=${model} error=${error} />`;
  }
  const entry = models.data.find((it) => it.name === model.name);
  // Of the list, which is read again and again: workers come and go.
  const brief = entry?.versions.find(({ id }) => id === model.id) ?? model;
  const isDefault = entry?.default_version === model.version;
  const [tone, status] = statusChip(brief);
  const remedy = remedyOf(brief);
  return html`<div class="top">
      <h1>${model.name}</h1>
      <${Chip} text=${`version ${model.version}${isDefault ? ", default" : ""}`} />
      <${Chip} tone=${tone} text=${status} />
    </div>
    ${model.description !== "" && html`<p class="lead">${model.description}</p>`}
    ${
      remedy !== undefined &&
      html`<div class="note warn">
        <p>${remedy.text} <code>${remedy.command}</code></p>
      </div>`
    }
    <nav class="tabs" aria-label=${`About ${model.name}`}>
      ${TABS.map(
        ([it, text]) =>
          html`<a
            key=${it}
            href=${modelLink(name, it)}
            aria-current=${it === tab ? "page" : undefined}
            >${text}</a
          >`,
      )}
    </nav>
    ${tab === "try" && html`<${TryTab} viewer=${viewer} model=${model} name=${name} isServed=${remedy === undefined} />`}
    ${tab === "card" && html`<${CardTab} viewer=${viewer} model=${model} />`}
    ${tab === "versions" && html`<${VersionsTab} entry=${entry} />`}
    ${tab === "api" && html`<${ApiTab} model=${model} name=${name} />`}`;
}
