import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { ModelList, ModelQueue } from "../../../models/model-schema.ts";
import { count, duration } from "../app/figures.ts";
import type { Gateway } from "../app/gateway.ts";
import { html } from "../app/html.ts";
import type { Answer } from "../app/use-answer.ts";
import type { Viewer } from "../app/viewer.ts";
import { Chip } from "../pieces/chip.ts";
import { ProblemNote } from "../pieces/problem.ts";
import { Loading } from "../pieces/states.ts";

const EVERY_MS = 2000;
/** Versions that are looked at; nobody reads more lines. */
const VERSIONS_MAX = 50;

/** A lane with its figures. */
export interface LaneRow {
  readonly model: string;
  readonly priority: "interactive" | "bulk";
  readonly lane: ModelQueue["interactive"];
  readonly workers: ModelQueue["workers"];
}

/** Lanes that hold work or have workers, the fullest first. */
export function rowsOf(queues: readonly ModelQueue[]): readonly LaneRow[] {
  return queues
    .flatMap(({ model, workers, interactive, bulk }) => [
      { model, priority: "interactive" as const, lane: interactive, workers },
      { model, priority: "bulk" as const, lane: bulk, workers },
    ])
    .filter(
      ({ priority, lane, workers }) =>
        lane.load > 0 || (priority === "interactive" && workers.ready > 0),
    )
    .toSorted((a, b) => b.lane.load - a.lane.load || a.model.localeCompare(b.model));
}

/** Whether anything is stuck, and why. */
export function QueuePage({
  viewer,
  models,
}: {
  viewer: Viewer;
  models: Answer<ModelList>;
}): ComponentChildren {
  const ids = (models.value?.data ?? [])
    .flatMap(({ versions }) => versions)
    .filter(({ status }) => status !== "archived")
    .map(({ id }) => id)
    .slice(0, VERSIONS_MAX);
  const { queues, error } = useQueues(viewer.gateway, ids.join(" "));
  const rows = queues && rowsOf(queues);
  return html`<main id="main" tabindex="-1" class="page">
    <h1>Queue</h1>
    <p class="lead">
      Each version has a lane for interactive jobs and one for bulk work. A second old at most.
    </p>
    ${error !== undefined && html`<${ProblemNote} error=${error} />`}
    ${rows === undefined && error === undefined && html`<${Loading} what="the lanes" />`}
    ${
      rows !== undefined &&
      html`<div class="card wide" tabindex="0" role="group" aria-label="Lanes">
        <table>
          <thead>
            <tr>
              <th scope="col">Lane</th>
              <th scope="col" class="num">Waiting</th>
              <th scope="col" class="num">Running</th>
              <th scope="col" class="num">In / out</th>
              <th scope="col" class="num">Oldest</th>
              <th scope="col" class="num">Workers</th>
              <th scope="col" class="num">Starts in</th>
              <th scope="col">State</th>
            </tr>
          </thead>
          <tbody>
            ${rows.map(rowOf)}
          </tbody>
        </table>
      </div>`
    }
  </main>`;
}

function rowOf({ model, priority, lane, workers }: LaneRow): ComponentChildren {
  const isStuck = lane.load > 0 && workers.ready === 0;
  const out = lane.end_rate === null ? "–" : perSecond(lane.end_rate);
  return html`<tr key=${`${model} ${priority}`}>
    <td><a href=${`#/models/${model}`}>${model}</a> <${Chip} text=${priority} /></td>
    <td class="num">${count(lane.waiting)}</td>
    <td class="num">${count(lane.running)}</td>
    <td class="num">${perSecond(lane.arrival_rate)} / ${out} a second</td>
    <td class="num">${lane.oldest_age_ms === null ? "–" : duration(lane.oldest_age_ms)}</td>
    <td class="num">${count(workers.ready)}</td>
    <td class="num">
      ${lane.load === 0 || lane.estimated_wait_ms === null ? "–" : duration(lane.estimated_wait_ms)}
    </td>
    <td>
      ${
        isStuck
          ? html`<${Chip} tone="warn" text="no worker serves it" />`
          : html`<${Chip} tone="good" text=${lane.load === 0 ? "nothing waiting" : "moving"} />`
      }
    </td>
  </tr>`;
}

function perSecond(rate: number): string {
  return rate < 10 ? rate.toFixed(1) : count(rate);
}

/** The lanes of some versions, read again and again while somebody looks. @param ids with blanks between */
function useQueues(gateway: Gateway, ids: string) {
  const [queues, setQueues] = useState<readonly ModelQueue[]>();
  const [error, setError] = useState<Error>();
  useEffect(() => {
    const leaving = new AbortController();
    const { signal } = leaving;
    const look = async (): Promise<void> => {
      const asked = ids.split(" ").filter((id) => id !== "");
      const read = async (id: string) => gateway.get<ModelQueue>(`/v1/models/${id}/queue`, signal);
      setQueues(await Promise.all(asked.map(read)));
      setError(undefined);
    };
    const turn = (): void => {
      if (document.hidden || ids === "") return;
      void look().catch((reason: unknown) => {
        if (!signal.aborted && reason instanceof Error) setError(reason);
      });
    };
    turn();
    const timer = setInterval(turn, EVERY_MS);
    return () => {
      clearInterval(timer);
      leaving.abort();
    };
  }, [gateway, ids]);
  return { queues, error };
}
