import type { ComponentChildren } from "preact";
import type { LaneState, QueueHistory } from "../../../queue/queue-schema.ts";
import { count, duration } from "../app/figures.ts";
import { html } from "../app/html.ts";
import { useAnswer } from "../app/use-answer.ts";
import { may, type Viewer } from "../app/viewer.ts";
import { Button } from "../pieces/button.ts";
import { Chip } from "../pieces/chip.ts";
import { Spark } from "../pieces/plot.ts";
import { Empty, Missing } from "../pieces/states.ts";
import { Table } from "../pieces/table.ts";
import { LaneCard } from "./lane-card.ts";
import { ratesOf, shownLanes, startsIn, stateOf, upToNow } from "./lanes.ts";
import { RetryFailed } from "./retry-failed.ts";
import { useControl } from "./use-control.ts";
import { useLanes } from "./use-lanes.ts";

/** A courier writes a step every ten seconds. */
const HISTORY_EVERY_MS = 10_000;

interface QueuePageProps {
  readonly viewer: Viewer;
  /** Of the lane that is open. */
  readonly lane: string | undefined;
}

/** Whether anything is stuck, why, and what to do about it. */
export function QueuePage({ viewer, lane: name }: QueuePageProps): ComponentChildren {
  const { gateway } = viewer;
  const { lanes, error, put } = useLanes(gateway);
  const history = useAnswer<QueueHistory>(gateway, "/v1/queue/history", HISTORY_EVERY_MS);
  const control = useControl(gateway, put);
  const isOperator = may(viewer, "operator");
  const shown = lanes && shownLanes(lanes);
  const open = lanes?.find(({ lane }) => lane === name);
  const pastOf = (lane: string) => history.value?.data.find((it) => it.lane === lane);
  return html`<main id="main" tabindex="-1" class="page">
    <h1>Queue</h1>
    <p class="lead">
      Each version has a lane for interactive jobs and one for bulk work. Live; open a lane for its
      last hour.
    </p>
    <${Missing} what="the lanes" value=${shown} error=${error} />
    ${
      shown?.length === 0 &&
      html`<${Empty} title="Nothing waits, and no worker is ready.">
        <p>Start a worker, or <a href="#/models">see what the models lack</a>.</p>
      <//>`
    }
    ${
      shown !== undefined &&
      shown.length > 0 &&
      html`<${LaneTable}
        lanes=${shown}
        open=${name}
        pastOf=${pastOf}
        control=${isOperator ? control : undefined}
      />`
    }
    ${
      open !== undefined &&
      html`<${LaneCard}
        lane=${open}
        past=${pastOf(open.lane)}
        control=${isOperator ? control : undefined}
      />`
    }
    ${
      lanes !== undefined &&
      name !== undefined &&
      open === undefined &&
      html`<${Empty} title=${`There is no lane ${name}, or your key may not use its model.`} />`
    }
    ${
      isOperator
        ? html`<${RetryFailed} control=${control} />`
        : html`<p class="lead">
            To pause, resume or purge a lane, and to retry what failed, you need a key with the
            scope
            <code>operator</code>: it acts on everybody's work.
          </p>`
    }
  </main>`;
}

interface LaneTableProps {
  readonly lanes: readonly LaneState[];
  readonly open: string | undefined;
  readonly pastOf: (lane: string) => QueueHistory["data"][number] | undefined;
  readonly control: ReturnType<typeof useControl> | undefined;
}

function LaneTable({ lanes, open, pastOf, control }: LaneTableProps): ComponentChildren {
  return html`<${Table}
    label="Lanes"
    columns=${["Lane", "Last hour", { num: "Waiting" }, { num: "Running" }, { num: "In / out a second" }, { num: "Oldest" }, { num: "Workers" }, { num: "Starts in" }, "State", ...(control === undefined ? [] : ["Change"])]}
  >
    ${lanes.map((lane) => html`<${LaneRow} key=${lane.lane} lane=${lane} isOpen=${lane.lane === open} depths=${pastOf(lane.lane)?.depth} control=${control} />`)}
  <//>`;
}

interface LaneRowProps extends Pick<LaneTableProps, "control"> {
  readonly lane: LaneState;
  readonly isOpen: boolean;
  readonly depths: readonly (number | null)[] | undefined;
}

function LaneRow({ lane, isOpen, depths, control }: LaneRowProps): ComponentChildren {
  const [tone, text] = stateOf(lane);
  const { oldest_age_ms: oldestMs, workers, paused } = lane;
  return html`<tr>
    <td class="lane">
      <a href=${`#/queue/${lane.lane}`} aria-current=${isOpen ? "true" : undefined}
        >${lane.model}</a
      >
      ${" "}<${Chip} text=${lane.priority} />
    </td>
    <td><${Spark} name="unfinished" values=${upToNow(depths, lane.depth)} /></td>
    <td class="num">${count(lane.waiting)}</td>
    <td class="num">${count(lane.running)}</td>
    <td class="num">${ratesOf(lane)}</td>
    <td class="num">${oldestMs === null ? "–" : duration(oldestMs)}</td>
    <td class="num">${count(workers.ready)}</td>
    <td class="num">${startsIn(lane)}</td>
    <td><${Chip} tone=${tone} text=${text} /></td>
    ${
      control !== undefined &&
      html`<td>
        <${Button}
          disabled=${control.isBusy}
          aria-label=${`${paused === null ? "Pause" : "Resume"} ${lane.lane}`}
          onClick=${() => control.act(async () => (paused === null ? control.pause(lane) : control.resume(lane)))}
        >
          ${paused === null ? "Pause" : "Resume"}
        <//>
      </td>`
    }
  </tr>`;
}
