import type { ComponentChildren } from "preact";
import type { ProcessJson, ProcessList } from "../../../service/processes.ts";
import { browserNowMs } from "../app/clock.ts";
import { ago, count } from "../app/figures.ts";
import { html } from "../app/html.ts";
import { useAnswer } from "../app/use-answer.ts";
import { may, type Viewer } from "../app/viewer.ts";
import { Chip } from "../pieces/chip.ts";
import { Empty, Lacking, Missing } from "../pieces/states.ts";
import { Table } from "../pieces/table.ts";

const EVERY_MS = 5000;

/** Which processes there are, and what went wrong in them. */
export function ProcessesPage({ viewer }: { viewer: Viewer }): ComponentChildren {
  const isOperator = may(viewer, "operator");
  const path = isOperator ? "/v1/processes" : undefined;
  const { value, error } = useAnswer<ProcessList>(viewer.gateway, path, EVERY_MS);
  return html`<main id="main" tabindex="-1" class="page">
    <h1>Processes</h1>
    <p class="lead">
      Gateways, workers and couriers, and the last errors of each. A process that is gone can be
      seen for an hour; everything else it said is in its log.
    </p>
    ${
      isOperator
        ? html`<${Missing} what="the processes" value=${value} error=${error} />`
        : html`<${Lacking} scope="operator" what="see the processes" />`
    }
    ${
      value !== undefined &&
      html`<${ProcessTable} processes=${value.data} />
        <section class="same">
          <h2>Last errors</h2>
          <${Errors} processes=${value.data} />
        </section>`
    }
  </main>`;
}

interface Shown {
  readonly processes: readonly ProcessJson[];
}

function ProcessTable({ processes }: Shown): ComponentChildren {
  const nowMs = browserNowMs();
  return html`<${Table}
    label="Processes"
    columns=${["Role", "Host", { num: "Process id" }, "State", "Version", "Started", "Last seen"]}
  >
    ${processes.map(
      (it) =>
        html`<tr key=${it.id}>
          <td><b>${it.role}</b></td>
          <td class="small">${it.host}</td>
          <td class="num">${it.pid}</td>
          <td><${Chip} tone=${it.state === "alive" ? "good" : "plain"} text=${it.state} /></td>
          <td>${it.version}</td>
          <td class="when" title=${it.since}>${ago(it.since, nowMs)}</td>
          <td class="when" title=${it.last_seen}>${ago(it.last_seen, nowMs)}</td>
        </tr>`,
    )}
  <//>`;
}

/** Of all of them, newest first. */
function Errors({ processes }: Shown): ComponentChildren {
  const nowMs = browserNowMs();
  const errors = processes
    .flatMap((from) => from.errors.map((error) => ({ ...error, from })))
    .toSorted((a, b) => (a.at < b.at ? 1 : -1));
  if (errors.length === 0) return html`<${Empty} title="No errors in the last hour." />`;
  return html`<${Table}
    label="Last errors"
    columns=${["When", "Process", "Error", { num: "Times" }]}
  >
    ${errors.map(
      ({ at, from, message, detail, count: times }) =>
        html`<tr key=${`${from.id} ${at} ${message}`}>
          <td class="when" title=${at}>${ago(at, nowMs)}</td>
          <td>
            <b>${from.role}</b> ${from.pid}${from.state === "gone" && " (gone)"}<br />
            <span class="small">${from.host}</span>
          </td>
          <td class="fault"><b>${message}</b><br /><span class="small">${detail}</span></td>
          <td class="num">${count(times)}</td>
        </tr>`,
    )}
  <//>`;
}
