import type { ComponentChildren } from "preact";
import type { BatchList, BatchObject } from "../../../batches/batch-schema.ts";
import type { ModelList } from "../../../models/model-schema.ts";
import { browserNowMs } from "../app/clock.ts";
import { ago, count } from "../app/figures.ts";
import { html } from "../app/html.ts";
import { listLink, type Query } from "../app/route.ts";
import { useAnswer } from "../app/use-answer.ts";
import { may, type Viewer } from "../app/viewer.ts";
import { Chip } from "../pieces/chip.ts";
import { Choice } from "../pieces/choice.ts";
import { Listing } from "../pieces/listing.ts";
import { Table } from "../pieces/table.ts";
import type { Uploads } from "../upload/uploads.ts";
import { BATCH_STATUSES, nameOf, standingOf } from "./batch-status.ts";
import { NewBatch } from "./new-batch.ts";
import { CountsBar } from "./progress.ts";

const EVERY_MS = 3000;
/** Where few pass a filter, up to 1,000 records are looked at for each page. */
const FILTERED_EVERY_MS = 15_000;

interface BatchesPageProps {
  readonly viewer: Viewer;
  readonly models: ModelList | undefined;
  readonly uploads: Uploads;
  readonly query: Query;
}

/** Makes batches, and lists those of the viewer's tenant, newest first. */
export function BatchesPage(props: BatchesPageProps): ComponentChildren {
  const { viewer, models, uploads, query } = props;
  const { status = "", model = "", cursor = "" } = query;
  const search = listLink("batches", { status, model, cursor }).replace("#/batches", "");
  const mayRead = may(viewer, "batches:*");
  // What is further down does not change.
  const everyMs = cursor !== "" ? 0 : search === "" ? EVERY_MS : FILTERED_EVERY_MS;
  const path = mayRead ? `/v1/batches${search}` : undefined;
  const answer = useAnswer<BatchList>(viewer.gateway, path, everyMs);
  const choose = (some: Query): void => {
    location.hash = listLink("batches", { status, model, ...some });
  };
  return html`<main id="main" tabindex="-1" class="page">
    <h1>Batches</h1>
    <p class="lead">Many inputs as one: upload them once, and read what came of each.</p>
    <${NewBatch} viewer=${viewer} models=${models} uploads=${uploads} model=${model} />
    ${
      mayRead &&
      html`<div class="toolbar">
          <${Choice}
            label="Status"
            value=${status}
            options=${BATCH_STATUSES}
            onChoose=${(it: string) => choose({ status: it })}
          />
          <${Choice}
            label="Model"
            value=${model}
            options=${(models?.data ?? []).map(({ name }) => name)}
            onChoose=${(it: string) => choose({ model: it })}
          />
        </div>
        <${Listing}
          page="batches"
          one="batch"
          answer=${answer}
          query=${{ status, model, cursor }}
          tableOf=${tableOf}
        >
          <p>Drop a file above to make the first.</p>
        <//>`
    }
  </main>`;
}

function tableOf(batches: readonly BatchObject[]): ComponentChildren {
  const nowMs = browserNowMs();
  return html`<${Table}
    label="Batches"
    columns=${["Batch", "Status", "Model", { num: "Items" }, "Progress", { num: "Failed" }, "Created"]}
  >
    ${batches.map((batch) => rowOf(batch, nowMs))}
  <//>`;
}

function rowOf(batch: BatchObject, nowMs: number): ComponentChildren {
  const { id, model, counts, created_at: created } = batch;
  const [tone, text] = standingOf(batch);
  const name = nameOf(batch);
  return html`<tr key=${id}>
    <td class="name">
      <a href=${`#/batches/${id}`} title=${id}>${name === id ? html`<code>${id}</code>` : name}</a>
    </td>
    <td><${Chip} tone=${tone} text=${text} /></td>
    <td><a href=${`#/models/${model}`}>${model}</a></td>
    <td class="num">${count(counts.total)}</td>
    <td><${CountsBar} counts=${counts} /></td>
    <td class="num">${count(counts.failed)}</td>
    <td class="when" title=${created}>${created === null ? "–" : ago(created, nowMs)}</td>
  </tr>`;
}
