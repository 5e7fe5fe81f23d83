import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Job } from "../../../jobs/job-schema.ts";
import { followOld } from "../app/follow.ts";
import { refusalIn } from "../app/gateway.ts";
import { html } from "../app/html.ts";
import { may, type Viewer } from "../app/viewer.ts";
import { formOf } from "../forms/forms.ts";
import { Json } from "../forms/json-view.ts";
import { Chip } from "../pieces/chip.ts";
import { Course } from "../pieces/course.ts";
import { Phases } from "../pieces/phases.ts";
import { ProblemNote } from "../pieces/problem.ts";
import { Loading } from "../pieces/states.ts";
import { useAnswer } from "../app/use-answer.ts";
import type { Model } from "../../../models/model-schema.ts";
import { toneOf } from "./job-status.ts";

/** One job: what became of it, and when. */
export function JobPage({ viewer, id }: { viewer: Viewer; id: string }): ComponentChildren {
  const { job, error, again } = useJob(viewer, id);
  if (job === undefined) {
    return html`<main id="main" tabindex="-1" class="page">
      <h1>Job</h1>
      ${error === undefined ? html`<${Loading} what="the job" />` : html`<${ProblemNote} error=${error} />`}
      <p><a href="#/jobs">All jobs</a></p>
    </main>`;
  }
  const hasEnded = job.completed_at !== null;
  return html`<main id="main" tabindex="-1" class="page">
    <p class="small"><a href="#/jobs">Jobs</a></p>
    <div class="top">
      <h1><code>${job.id}</code></h1>
      <${Chip} tone=${toneOf(job.status)} text=${job.status} />
      <${Chip} text=${job.priority} />
    </div>
    <p class="lead">
      of <a href=${`#/models/${job.model}`}>${job.model}</a>, attempt ${job.attempt}
    </p>
    ${error !== undefined && html`<${ProblemNote} error=${error} />`}
    ${!hasEnded && html`<${Course} job=${job} />`}
    <div class="toolbar"><${Moves} viewer=${viewer} job=${job} onMoved=${again} /></div>
    <div class="two">
      <section class="card" aria-label="Course">
        <h2>Course</h2>
        <dl class="facts">
          ${timesOf(job).map(
            ([term, time]) =>
              html`<div>
                <dt>${term}</dt>
                <dd class="num">${time}</dd>
              </div>`,
          )}
        </dl>
        ${job.metrics && html`<${Phases} metrics=${job.metrics} />`}
        ${(job.attempts ?? []).map(
          ({ attempt, status, error: why }) =>
            html`<p class="small">Attempt ${attempt}: ${status}${why && `, ${why.detail}`}</p>`,
        )}
        ${
          job.metadata !== null &&
          html`<h2>Metadata</h2>
            <${Json} value=${job.metadata} />`
        }
      </section>
      <section class="card" aria-label="Answer">
        <h2>Answer</h2>
        ${job.error !== null && html`<${ProblemNote} error=${refusalIn(job.error)} />`}
        ${job.status === "succeeded" && html`<${Answer} viewer=${viewer} job=${job} />`}
        ${!hasEnded && html`<p class="empty">It stands here as soon as there is one.</p>`}
      </section>
    </div>
  </main>`;
}

function timesOf(job: Job): readonly (readonly [string, string])[] {
  const times = [
    ["Created", job.created_at],
    ["Started", job.started_at],
    ["Ended", job.completed_at],
    ["Must end by", job.completed_at === null ? job.deadline_at : null],
    ["Kept until", job.expires_at],
  ] as const;
  return times.flatMap(([term, time]) => (time === null ? [] : [[term, time] as const]));
}

function Answer({ viewer, job }: { viewer: Viewer; job: Job }): ComponentChildren {
  const { value: model } = useAnswer<Model>(viewer.gateway, `/v1/models/${job.model}`);
  if (Array.isArray(job.outputs)) return html`<${Json} value=${job.outputs} />`;
  if (model === undefined) return html`<${Json} value=${job.output} />`;
  return html`<${formOf(model.pipeline).Output} output=${job.output} />`;
}

interface MovesProps {
  readonly viewer: Viewer;
  readonly job: Job;
  readonly onMoved: () => void;
}

/** What may be done with it: both can be taken back by the other, so neither asks. */
function Moves({ viewer, job, onMoved }: MovesProps): ComponentChildren {
  const [error, setError] = useState<Error>();
  const move = async (path: string): Promise<void> => {
    setError(undefined);
    await viewer.gateway.send("POST", path);
    onMoved();
  };
  const { cancel, retry } = job.urls;
  const button = (name: string, path: string): ComponentChildren =>
    html`<button
      type="button"
      class="btn quiet small"
      onClick=${() =>
        void move(path).catch((reason: unknown) => {
          if (reason instanceof Error) setError(reason);
        })}
    >
      ${name}
    </button>`;
  return html`${cancel !== undefined && may(viewer, "jobs:cancel") && button("Cancel", cancel)}
  ${retry !== undefined && may(viewer, "jobs:write") && button("Retry", retry)}
  ${error !== undefined && html`<${ProblemNote} error=${error} />`}`;
}

/** The job at each change, until its end. */
function useJob({ gateway }: Viewer, id: string) {
  const [job, setJob] = useState<Job>();
  const [error, setError] = useState<Error>();
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const leaving = new AbortController();
    const { signal } = leaving;
    setError(undefined);
    void followOld(gateway, `/v1/jobs/${encodeURIComponent(id)}`, { onJob: setJob, signal }).catch(
      (reason: unknown) => {
        if (!signal.aborted && reason instanceof Error) setError(reason);
      },
    );
    return () => leaving.abort();
  }, [gateway, id, turn]);
  return { job, error, again: () => setTurn((last) => last + 1) };
}
