import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { LaneState, QueueHistory } from "../../../queue/queue-schema.ts";
import { browserNowMs } from "../app/clock.ts";
import { ago, count, several } from "../app/figures.ts";
import { html } from "../app/html.ts";
import { Button } from "../pieces/button.ts";
import { Chip } from "../pieces/chip.ts";
import { Confirm } from "../pieces/confirm.ts";
import { Plot } from "../pieces/plot.ts";
import { ProblemNote } from "../pieces/problem.ts";
import { perSecond, stateOf, upToNow } from "./lanes.ts";
import type { useControl } from "./use-control.ts";

interface LaneCardProps {
  readonly lane: LaneState;
  readonly past: QueueHistory["data"][number] | undefined;
  /** Undefined for who may not change it. */
  readonly control: ReturnType<typeof useControl> | undefined;
}

/** One lane over the last hour, and what an operator does with it. */
export function LaneCard({ lane, past, control }: LaneCardProps): ComponentChildren {
  const [tone, text] = stateOf(lane);
  const { depth, running, workers, paused } = lane;
  return html`<section class="card lane" aria-label=${lane.lane}>
    <h2>${lane.lane} <${Chip} tone=${tone} text=${text} /></h2>
    <p class="lead">
      ${several(workers.ready, "worker")} with ${several(workers.slots, "slot")} for all their
      models.
      ${paused?.since != null && html` Paused <span title=${paused.since}>${ago(paused.since, browserNowMs())}</span>: what waits keeps its time to start, and autoscalers see an empty lane.`}
      ${depth > 0 && paused === null && workers.ready + workers.starting === 0 && html` Nothing takes its jobs: start a worker that serves ${lane.model}, or look at <a href=${`#/models/${lane.model}`}>its model</a>.`}
    </p>
    <div class="plots">
      <${Plot}
        title="Jobs and items"
        marked=${past?.paused}
        series=${[
          { name: "unfinished", values: upToNow(past?.depth, depth) },
          { name: "running", values: upToNow(past?.running, running) },
        ]}
      />
      <${Plot}
        title="A second"
        marked=${past?.paused}
        write=${perSecond}
        series=${[
          { name: "in", values: past?.arrival_rate ?? [0, 0] },
          { name: "out", values: past?.end_rate ?? [0, 0] },
        ]}
      />
    </div>
    ${control !== undefined && html`<${Actions} lane=${lane} control=${control} />`}
  </section>`;
}

function Actions({
  lane,
  control,
}: Required<Pick<LaneCardProps, "lane">> & {
  control: ReturnType<typeof useControl>;
}): ComponentChildren {
  const [isAsking, setAsking] = useState(false);
  const { isBusy, error, act, pause, resume, purge } = control;
  const waiting = Math.max(0, lane.depth - lane.running);
  const button = (label: string, what: () => Promise<void>) =>
    html`<${Button} look="quiet" disabled=${isBusy} onClick=${() => act(what)}>${label}<//>`;
  return html`<div class="dropbar">
      ${
        lane.paused === null
          ? html`${button("Pause", async () => pause(lane))}
            ${button("Pause and refuse", async () => pause(lane, true))}`
          : html`${button("Resume", async () => resume(lane))}
            ${
              lane.paused.refuse
                ? button("Accept and hold", async () => pause(lane))
                : button("Refuse new work", async () => pause(lane, true))
            }`
      }
      <button type="button" class="btn danger" onClick=${() => setAsking(true)}>Purge …</button>
    </div>
    ${error !== undefined && html`<${ProblemNote} error=${error} />`}
    ${
      isAsking &&
      html`<${Confirm}
        title=${`Purge ${lane.lane}?`}
        word=${lane.lane}
        action="Purge"
        onConfirm=${async () => purge(lane)}
        onClose=${() => setAsking(false)}
      >
        <p>
          Everything that waits in it is canceled, of all tenants: ${count(waiting)} by now. What
          runs goes on.
        </p>
      <//>`
    }`;
}
