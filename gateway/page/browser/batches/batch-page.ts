import type { ComponentChildren } from "preact";
import type { BatchObject } from "../../../batches/batch-schema.ts";
import type { ModelList, ModelVersionBrief } from "../../../models/model-schema.ts";
import { browserNowMs } from "../app/clock.ts";
import { ago, count } from "../app/figures.ts";
import { refusalIn } from "../app/gateway.ts";
import { html } from "../app/html.ts";
import { may, type Viewer } from "../app/viewer.ts";
import { Json } from "../forms/json-view.ts";
import { Chip } from "../pieces/chip.ts";
import { Facts } from "../pieces/facts.ts";
import { ProblemNote } from "../pieces/problem.ts";
import { Lacking, Missing } from "../pieces/states.ts";
import type { Uploads } from "../upload/uploads.ts";
import type { BatchItems } from "../call/batch-call.ts";
import { BatchCode } from "./batch-code.ts";
import { BatchMoves } from "./batch-moves.ts";
import { nameOf, standingOf } from "./batch-status.ts";
import { Downloads } from "./downloads.ts";
import { Progress } from "./progress.ts";
import { ResultsTable } from "./results-table.ts";
import { UploadCard } from "./upload-card.ts";
import { useBatch } from "./use-batch.ts";

interface BatchPageProps {
  readonly viewer: Viewer;
  readonly models: ModelList | undefined;
  readonly uploads: Uploads;
  readonly id: string;
}

/** One batch: how far it is, what failed, and what may be done with it. */
export function BatchPage(props: BatchPageProps): ComponentChildren {
  const { viewer, id } = props;
  if (may(viewer, "batches:*")) return html`<${Readable} ...${props} />`;
  return html`<main id="main" tabindex="-1" class="page">
    <h1><code>${id}</code></h1>
    <${Lacking} scope="batches:*" what="read batches" />
  </main>`;
}

function Readable({ viewer, models, uploads, id }: BatchPageProps): ComponentChildren {
  const { gateway } = viewer;
  const { batch, pace, error, again } = useBatch(gateway, id);
  if (batch === undefined) {
    return html`<main id="main" tabindex="-1" class="page">
      <p class="small"><a href="#/batches">Batches</a></p>
      <h1><code>${id}</code></h1>
      <${Missing} what="the batch" value=${batch} error=${error} />
    </main>`;
  }
  const { model, priority, attempt, status, created_at: created } = batch;
  const [tone, text] = standingOf(batch);
  const version = versionOf(models, model);
  const name = nameOf(batch);
  return html`<main id="main" tabindex="-1" class="page">
    <p class="small"><a href="#/batches">Batches</a></p>
    <div class="top">
      <h1>${name === id ? html`<code>${id}</code>` : name}</h1>
      <${Chip} tone=${tone} text=${text} />
      <${Chip} text=${priority} />
    </div>
    <p class="lead">
      of <a href=${`#/models/${model}`}>${model}</a>, made
      <span title=${created}> ${created === null ? "" : ago(created, browserNowMs())}</span
      >${attempt > 1 && `, attempt ${attempt}`}
    </p>
    ${error !== undefined && html`<${ProblemNote} error=${error} />`}
    ${batch.error !== null && html`<${ProblemNote} error=${refusalIn(batch.error)} />`}
    ${status === "validating" && html`<${UploadCard} gateway=${gateway} batch=${batch} uploads=${uploads} />`}
    <div class="two batch">
      <${Progress} batch=${batch} pace=${pace} ready=${version?.workers.ready} />
      <${FactCard} batch=${batch} />
    </div>
    <${BatchMoves} gateway=${gateway} batch=${batch} onMoved=${again}>
      <${Downloads}
        gateway=${gateway}
        batch=${batch}
        forms=${version?.pipeline === "tabular" ? ["csv", "ndjson"] : ["ndjson"]}
      />
    <//>
    <${ResultsTable} gateway=${gateway} batch=${batch} />
    <${BatchCode} viewer=${viewer} model=${model} ...${itemsOf(batch, version)} />
  </main>`;
}

function versionOf(models: ModelList | undefined, id: string): ModelVersionBrief | undefined {
  return models?.data.flatMap(({ versions }) => versions).find((version) => version.id === id);
}

/** What its items most likely came in: a name that looks like a file's is that of the file. */
function itemsOf(batch: BatchObject, version: ModelVersionBrief | undefined): Shown {
  const path = nameOf(batch);
  if (/\.csv$/i.test(path)) return { kind: "csv", path };
  if (/\.(?:ndjson|jsonl)$/i.test(path)) return { kind: "ndjson", path };
  const kinds: Readonly<Record<string, BatchItems["kind"]>> = {
    tabular: "csv",
    "image-classification": "photos",
  };
  return { kind: kinds[version?.pipeline ?? ""] ?? "ndjson", path: undefined };
}

interface Shown {
  readonly kind: BatchItems["kind"];
  readonly path: string | undefined;
}

function FactCard({ batch }: { batch: BatchObject }): ComponentChildren {
  const { max_failed: most, metadata } = batch;
  const facts = [
    ["Id", batch.id],
    ["Created", batch.created_at],
    ["Closed", batch.closed_at],
    ["Started", batch.started_at],
    ["Ended", batch.completed_at],
    ["Kept until", batch.expires_at],
    ["Stops after failures", most === null ? null : count(most)],
  ];
  return html`<section class="card" aria-label="Facts">
    <h2>Facts</h2>
    <${Facts} facts=${facts} areFigures />
    ${
      metadata !== null &&
      html`<details>
        <summary>Metadata</summary>
        <${Json} value=${metadata} />
      </details>`
    }
  </section>`;
}
