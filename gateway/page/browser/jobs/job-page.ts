import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Job } from "../../../jobs/job-schema.ts";
import type { Model } from "../../../models/model-schema.ts";
import { errorOf } from "../app/error-of.ts";
import { followOld } from "../app/follow.ts";
import { refusalIn } from "../app/gateway.ts";
import { html } from "../app/html.ts";
import { useAnswer } from "../app/use-answer.ts";
import { may, type Viewer } from "../app/viewer.ts";
import { formOf } from "../forms/forms.ts";
import { Json } from "../forms/json-view.ts";
import { Chip } from "../pieces/chip.ts";
import { Course } from "../pieces/course.ts";
import { Facts } from "../pieces/facts.ts";
import { Phases } from "../pieces/phases.ts";
import { ProblemNote } from "../pieces/problem.ts";
import { Lacking, Loading } from "../pieces/states.ts";
import { JobMoves } from "./job-moves.ts";
import { toneOf } from "./job-status.ts";
import { timelineOf, type Step } from "./timeline.ts";

/** One job: what became of it, and when. */
export function JobPage({ viewer, id }: { viewer: Viewer; id: string }): ComponentChildren {
  const mayRead = may(viewer, "jobs:read");
  const { job, error, again } = useJob(viewer, mayRead ? id : undefined);
  if (job === undefined) {
    return html`<main id="main" tabindex="-1" class="page">
      <p class="small"><a href="#/jobs">Jobs</a></p>
      <h1><code>${id}</code></h1>
      ${!mayRead && html`<${Lacking} scope="jobs:read" what="read jobs" />`}
      ${error !== undefined && html`<${ProblemNote} error=${error} />`}
      ${mayRead && error === undefined && html`<${Loading} what="the job" />`}
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
      of <a href=${`#/models/${job.model}`}>${job.model}</a>${
        job.endpoint !== undefined &&
        html`, chosen by <a href=${`#/endpoints/${job.endpoint}`}>${job.endpoint}</a>`
      },
      attempt ${job.attempt}
    </p>
    ${error !== undefined && html`<${ProblemNote} error=${error} />`}
    ${!hasEnded && html`<${Course} job=${job} />`}
    <${JobMoves} viewer=${viewer} job=${job} onMoved=${again} />
    <div class="two">
      <section class="card" aria-label="Timeline">
        <h2>Timeline</h2>
        <ol class="timeline">
          ${timelineOf(job).map(stepOf)}
        </ol>
        ${job.metrics && html`<${Phases} metrics=${job.metrics} />`}
        <${Facts} facts=${keptOf(job)} areFigures />
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

function stepOf({ name, at, detail, tone }: Step): ComponentChildren {
  return html`<li key=${name} class=${tone ?? ""}>
    <b>${name}</b>
    ${at !== undefined && html`<span class="num">${at}</span>`}
    ${detail !== undefined && detail !== "" && html`<p>${detail}</p>`}
  </li>`;
}

function keptOf(job: Job) {
  return [
    ["Must end by", job.completed_at === null ? job.deadline_at : null],
    ["Kept until", job.expires_at],
  ];
}

function Answer({ viewer, job }: { viewer: Viewer; job: Job }): ComponentChildren {
  const { value: model } = useAnswer<Model>(viewer.gateway, `/v1/models/${job.model}`);
  if (Array.isArray(job.outputs)) return html`<${Json} value=${job.outputs} />`;
  if (model === undefined) return html`<${Json} value=${job.output} />`;
  return html`<${formOf(model.pipeline).Output} output=${job.output} />`;
}

/** The job at each change, until its end. @param id undefined to read nothing */
function useJob({ gateway }: Viewer, id: string | undefined) {
  const [job, setJob] = useState<Job>();
  const [error, setError] = useState<Error>();
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    if (id === undefined) return undefined;
    const leaving = new AbortController();
    const { signal } = leaving;
    setError(undefined);
    void followOld(gateway, `/v1/jobs/${encodeURIComponent(id)}`, {
      onEach: setJob,
      signal,
    }).catch((reason: unknown) => {
      if (!signal.aborted) setError(errorOf(reason));
    });
    return () => leaving.abort();
  }, [gateway, id, turn]);
  return { job, error, again: () => setTurn((last) => last + 1) };
}
