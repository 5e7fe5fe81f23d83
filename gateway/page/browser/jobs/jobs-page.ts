import type { ComponentChildren } from "preact";
import type { Job, JobList } from "../../../jobs/job-schema.ts";
import type { ModelList } from "../../../models/model-schema.ts";
import { browserNowMs } from "../app/clock.ts";
import { ago, duration } from "../app/figures.ts";
import { html } from "../app/html.ts";
import { listLink, type Query } from "../app/route.ts";
import { useAnswer } from "../app/use-answer.ts";
import { may, type Viewer } from "../app/viewer.ts";
import { Chip } from "../pieces/chip.ts";
import { Choice } from "../pieces/choice.ts";
import { Listing } from "../pieces/listing.ts";
import { Lacking } from "../pieces/states.ts";
import { Table } from "../pieces/table.ts";
import { JOB_STATUSES, toneOf } from "./job-status.ts";
import { sinceOf, SPANS } from "./spans.ts";

const EVERY_MS = 3000;
/** Where few pass a filter, up to 1,000 records are looked at for each page. */
const FILTERED_EVERY_MS = 15_000;

interface JobsPageProps {
  readonly viewer: Viewer;
  readonly models: ModelList | undefined;
  readonly query: Query;
}

/** The jobs of the viewer's tenant, newest first, a page at a time. */
export function JobsPage({ viewer, models, query }: JobsPageProps): ComponentChildren {
  const { status = "", model = "", endpoint = "", within = "", cursor = "" } = query;
  const chosen = { status, model, endpoint, within };
  const isFiltered = Object.values(chosen).some((text) => text !== "");
  const mayRead = may(viewer, "jobs:read");
  const since = sinceOf(within, browserNowMs());
  const asked = listLink("jobs", { status, model, endpoint, created_after: since, cursor });
  const path = mayRead ? asked.replace("#/jobs", "/v1/jobs") : undefined;
  // What is further down does not change.
  const everyMs = cursor !== "" ? 0 : isFiltered ? FILTERED_EVERY_MS : EVERY_MS;
  const answer = useAnswer<JobList>(viewer.gateway, path, everyMs);
  const endpoints = useEndpoints(viewer, mayRead);
  const choose = (some: Query): void => {
    location.hash = listLink("jobs", { ...chosen, ...some });
  };
  const filter = (label: string, name: keyof typeof chosen, options: readonly string[]) =>
    html`<${Choice}
      label=${label}
      value=${chosen[name]}
      options=${options}
      onChoose=${(text: string) => choose({ [name]: text })}
    />`;
  return html`<main id="main" tabindex="-1" class="page">
    <h1>Jobs</h1>
    ${!mayRead && html`<${Lacking} scope="jobs:read" what="read jobs" />`}
    ${
      mayRead &&
      html`<div class="toolbar">
          ${filter("Status", "status", JOB_STATUSES)}
          ${filter(
            "Model",
            "model",
            (models?.data ?? []).map(({ name }) => name),
          )}
          ${(endpoints.length > 0 || endpoint !== "") && filter("Endpoint", "endpoint", endpoints)}
          ${filter("Within", "within", SPANS)}
        </div>
        <${Listing}
          page="jobs"
          one="job"
          answer=${answer}
          query=${{ ...chosen, cursor }}
          tableOf=${tableOf}
        >
          <p>Score something: <a href="#/models">try a model</a>.</p>
        <//>`
    }
  </main>`;
}

/** Names of the endpoints that the viewer may use. */
function useEndpoints({ gateway }: Viewer, mayRead: boolean): readonly string[] {
  const { value } = useAnswer<{ readonly data: readonly { readonly name: string }[] }>(
    gateway,
    mayRead ? "/v1/endpoints" : undefined,
  );
  return (value?.data ?? []).map(({ name }) => name);
}

function tableOf(jobs: readonly Job[]): ComponentChildren {
  const nowMs = browserNowMs();
  return html`<${Table}
    label="Jobs"
    columns=${["Job", "Status", "Model", "Priority", { num: "Attempt" }, { num: "Took" }, "Created"]}
  >
    ${jobs.map((job) => rowOf(job, nowMs))}
  <//>`;
}

function rowOf(job: Job, nowMs: number): ComponentChildren {
  const { id, status, model, priority, attempt, metrics, created_at: created, error } = job;
  return html`<tr key=${id}>
    <td>
      <a href=${`#/jobs/${id}`}><code>${id}</code></a>
    </td>
    <td title=${error?.detail}><${Chip} tone=${toneOf(status)} text=${status} /></td>
    <td><a href=${`#/models/${model}`}>${model}</a></td>
    <td>${priority}</td>
    <td class="num">${attempt}</td>
    <td class="num">${metrics === null ? "–" : duration(metrics.total_ms)}</td>
    <td class="when" title=${created}>${created === null ? "–" : ago(created, nowMs)}</td>
  </tr>`;
}
