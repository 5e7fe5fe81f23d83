import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { BatchObject, BatchResult } from "../../../batches/batch-schema.ts";
import { count } from "../app/figures.ts";
import { refusalIn, type Gateway } from "../app/gateway.ts";
import { html } from "../app/html.ts";
import { Json } from "../forms/json-view.ts";
import { Button } from "../pieces/button.ts";
import { Chip } from "../pieces/chip.ts";
import { Choice } from "../pieces/choice.ts";
import { ProblemNote } from "../pieces/problem.ts";
import { Missing } from "../pieces/states.ts";
import { Table } from "../pieces/table.ts";
import { toneOf } from "../jobs/job-status.ts";
import { endedOf } from "./batch-status.ts";
import { briefOf } from "./brief.ts";
import { useResults, type ResultStatus } from "./use-results.ts";

const STATUSES = ["succeeded", "failed", "canceled", "expired"] as const;

/** What came of the items: first of those that failed, if any did. */
export function ResultsTable({
  gateway,
  batch,
}: {
  gateway: Gateway;
  batch: BatchObject;
}): ComponentChildren {
  const [chosen, choose] = useState<ResultStatus>();
  const status = chosen ?? (batch.counts.failed > 0 ? "failed" : "");
  const { results, error, hasMore, more } = useResults(gateway, batch, status);
  if (endedOf(batch) === 0) return null;
  const known = STATUSES.filter((it) => batch.counts[it] > 0 || it === status);
  return html`<section class="same" aria-label="Results">
    <div class="toolbar">
      <h2>Results</h2>
      <${Choice}
        label="Items that"
        value=${status}
        options=${known}
        onChoose=${(it: string) => choose(STATUSES.find((one) => one === it) ?? "")}
      />
    </div>
    <${Missing} what="results" value=${results} error=${error} />
    ${
      results !== undefined &&
      results.length > 0 &&
      html`<${Table} label="Items" columns=${[{ num: "Item" }, "Custom id", "Status", "Outcome"]}>
        ${results.map((result) => html`<${Row} key=${`${result.index} ${result.attempt}`} result=${result} />`)}
      <//>`
    }
    ${results?.length === 0 && html`<p class="empty">None has ended so.</p>`}
    ${hasMore && html`<div class="toolbar"><${Button} onClick=${more}>More<//></div>`}
  </section>`;
}

function Row({ result }: { result: BatchResult }): ComponentChildren {
  const { index, custom_id: id, status } = result;
  return html`<tr>
    <td class="num">${count(index)}</td>
    <td class="name">${id === null ? "–" : html`<code>${id}</code>`}</td>
    <td><${Chip} tone=${toneOf(status)} text=${status} /></td>
    <td class="outcome"><${Outcome} result=${result} /></td>
  </tr>`;
}

/** Its output, or why there is none. */
function Outcome({ result: { output, error } }: { result: BatchResult }): ComponentChildren {
  const [isOpen, setOpen] = useState(false);
  const refusal = error === undefined ? undefined : refusalIn(error);
  return html`<details
    onToggle=${({ currentTarget }: Event) =>
      setOpen(currentTarget instanceof HTMLDetailsElement && currentTarget.open)}
  >
    <summary>${refusal?.message ?? briefOf(output)}</summary>
    ${isOpen && (refusal === undefined ? html`<${Json} value=${output} />` : html`<${ProblemNote} error=${refusal} />`)}
  </details>`;
}
