import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { Job, JobList } from "../../../jobs/job-schema.ts";
import type { ModelList } from "../../../models/model-schema.ts";
import { browserNowMs } from "../app/clock.ts";
import { textIn } from "../app/dom.ts";
import { ago, duration } from "../app/figures.ts";
import { html } from "../app/html.ts";
import { useAnswer } from "../app/use-answer.ts";
import { may, type Viewer } from "../app/viewer.ts";
import { Chip } from "../pieces/chip.ts";
import { ProblemNote } from "../pieces/problem.ts";
import { Empty, Lacking, Loading } from "../pieces/states.ts";
import { toneOf } from "./job-status.ts";

const EVERY_MS = 3000;
const STATUSES: readonly Job["status"][] = [
  "queued",
  "running",
  "succeeded",
  "failed",
  "canceled",
  "expired",
];

interface JobsPageProps {
  readonly viewer: Viewer;
  readonly models: ModelList | undefined;
}

/** The jobs of the viewer's tenant, newest first, a page at a time. */
export function JobsPage({ viewer, models }: JobsPageProps): ComponentChildren {
  const [status, setStatus] = useState("");
  const [model, setModel] = useState("");
  const [cursors, setCursors] = useState<readonly string[]>([]);
  const mayRead = may(viewer, "jobs:read");
  const query = new URLSearchParams({
    ...(status !== "" && { status }),
    ...(model !== "" && { model }),
    ...(cursors.length > 0 && { cursor: cursors.at(-1) ?? "" }),
  }).toString();
  const path = mayRead ? `/v1/jobs${query === "" ? "" : `?${query}`}` : undefined;
  // What is further down does not change.
  const { value, error } = useAnswer<JobList>(
    viewer.gateway,
    path,
    cursors.length === 0 ? EVERY_MS : 0,
  );
  const filter = (set: (text: string) => void) => (event: Event) => {
    setCursors([]);
    set(textIn(event));
  };
  return html`<main id="main" tabindex="-1" class="page">
    <h1>Jobs</h1>
    <div class="toolbar">
      <label
        >Status
        <select value=${status} onChange=${filter(setStatus)}>
          <option value="">all</option>
          ${STATUSES.map((it) => html`<option key=${it} value=${it}>${it}</option>`)}
        </select></label
      >
      <label
        >Model
        <select value=${model} onChange=${filter(setModel)}>
          <option value="">all</option>
          ${(models?.data ?? []).map(({ name }) => html`<option key=${name} value=${name}>${name}</option>`)}
        </select></label
      >
    </div>
    ${!mayRead && html`<${Lacking} scope="jobs:read" what="read jobs" />`}
    ${error !== undefined && html`<${ProblemNote} error=${error} />`}
    ${mayRead && value === undefined && error === undefined && html`<${Loading} what="the jobs" />`}
    ${value !== undefined && html`<${JobTable} jobs=${value.data} hasMore=${value.next_cursor !== null} />`}
    <div class="toolbar">
      ${cursors.length > 0 && html`<button type="button" class="btn quiet small" onClick=${() => setCursors(cursors.slice(0, -1))}>Newer</button>`}
      ${value?.next_cursor && html`<button type="button" class="btn quiet small" onClick=${() => setCursors([...cursors, value.next_cursor ?? ""])}>Older</button>`}
    </div>
  </main>`;
}

function JobTable({
  jobs,
  hasMore,
}: {
  jobs: readonly Job[];
  hasMore: boolean;
}): ComponentChildren {
  if (jobs.length === 0) {
    return html`<${Empty}
      title=${hasMore ? "None among these; older ones may fit." : "No jobs yet."}
    >
      <p>Score something: <a href="#/models">try a model</a>.</p>
    <//>`;
  }
  const nowMs = browserNowMs();
  return html`<div class="card wide" tabindex="0" role="group" aria-label="Jobs">
    <table>
      <thead>
        <tr>
          <th scope="col">Job</th>
          <th scope="col">Status</th>
          <th scope="col">Model</th>
          <th scope="col">Priority</th>
          <th scope="col" class="num">Took</th>
          <th scope="col">Created</th>
        </tr>
      </thead>
      <tbody>
        ${jobs.map(
          (job) =>
            html`<tr key=${job.id}>
              <td>
                <a href=${`#/jobs/${job.id}`}><code>${job.id}</code></a>
              </td>
              <td><${Chip} tone=${toneOf(job.status)} text=${job.status} /></td>
              <td>${job.model}</td>
              <td>${job.priority}</td>
              <td class="num">${job.metrics === null ? "–" : duration(job.metrics.total_ms)}</td>
              <td title=${job.created_at}>
                ${job.created_at === null ? "–" : ago(job.created_at, nowMs)}
              </td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}
