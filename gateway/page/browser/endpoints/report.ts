import type { ComponentChildren } from "preact";
import { count } from "../app/figures.ts";
import { html } from "../app/html.ts";
import { Track } from "../pieces/bars.ts";
import { Table } from "../pieces/table.ts";
import { figureRows, type Limits, type Report } from "./verdict.ts";

/** Why a verdict is what it is: sentences, and the figures behind them. */
export function ReportView({
  report,
  limits,
}: {
  report: Report;
  limits: Limits;
}): ComponentChildren {
  const rows = figureRows(report, limits);
  const { pairs, verdict, reasons } = report;
  return html`<ul class="reasons">
      ${reasons.map((reason) => html`<li key=${reason}>${reason}</li>`)}
    </ul>
    ${
      verdict === "undecided" &&
      html`<div class="progress">
        <${Track} share=${pairs / limits.pairs_min} />
        <span class="small"
          ><span class="num">${count(pairs)}</span> of
          <span class="num">${count(limits.pairs_min)}</span> pairs</span
        >
      </div>`
    }
    ${
      rows.length > 0 &&
      html`<${Table}
        label="Figures"
        columns=${[{ hidden: "Figure" }, { num: "Live" }, { num: "New" }, { num: "Difference" }, { num: "Surely within" }, { num: "Wanted" }, { num: "Pairs" }]}
        isBare
      >
        ${rows.map(
          (row) =>
            html`<tr key=${row.name}>
              <th scope="row">${row.name}</th>
              <td class="num">${row.live}</td>
              <td class="num">${row.candidate}</td>
              <td class="num">${row.difference}</td>
              <td class="num">${row.interval}</td>
              <td class="num">${row.limit}</td>
              <td class="num">${row.pairs}</td>
            </tr>`,
        )}
      <//>`
    }`;
}
