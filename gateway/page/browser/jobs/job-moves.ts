import type { ComponentChildren } from "preact";
import type { Job } from "../../../jobs/job-schema.ts";
import { html } from "../app/html.ts";
import { may, type Viewer } from "../app/viewer.ts";
import { Moves, movesTo } from "../pieces/moves.ts";

interface JobMovesProps {
  readonly viewer: Viewer;
  readonly job: Job;
  readonly onMoved: () => void;
}

/** Of an id, as many characters as somebody types. */
const TYPED = 6;

/** What may be done with a job, and what a key lacks for it. */
export function JobMoves({ viewer, job, onMoved }: JobMovesProps): ComponentChildren {
  const { cancel, retry } = job.urls;
  const hasEnded = job.completed_at !== null;
  const scope = hasEnded ? "jobs:write" : "jobs:cancel";
  if (!may(viewer, scope)) {
    return html`<p class="small">
      To ${hasEnded ? "retry or erase" : "cancel"} it, your key lacks <code>${scope}</code>.
    </p>`;
  }
  const erasure = {
    name: "Erase",
    title: "Erase this job?",
    word: job.id.slice(-TYPED),
    about: html`<p>
      Its input, output and record go, and nobody can get them back. What is typed is the end of its
      id, <code>${job.id}</code>.
    </p>`,
    act: async (): Promise<void> => {
      await viewer.gateway.send("DELETE", `/v1/jobs/${job.id}`);
      location.hash = "#/jobs";
    },
  };
  return html`<${Moves}
    moves=${movesTo({ Cancel: cancel, Retry: retry }, async (path) => {
      await viewer.gateway.send("POST", path);
      onMoved();
    })}
    erasure=${hasEnded ? erasure : undefined}
  />`;
}
