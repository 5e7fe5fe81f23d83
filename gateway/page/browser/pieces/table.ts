import type { ComponentChildren } from "preact";
import { html } from "../app/html.ts";

/** What stands above a column: of texts, of figures, or what only screen readers are told. */
export type Column = string | { readonly num: string } | { readonly hidden: string };

interface TableProps {
  /** What its rows are. */
  readonly label: string;
  readonly columns: readonly Column[];
  /** Rows. */
  readonly children?: ComponentChildren;
  /** Without a frame, where it stands in something that has one. */
  readonly isBare?: boolean;
}

/** A table that scrolls inside itself where it is wider than its place; by keyboard, too. */
export function Table({ label, columns, children, isBare }: TableProps): ComponentChildren {
  const look = isBare === true ? "wide" : "card wide";
  return html`<div class=${look} tabindex="0" role="group" aria-label=${label}>
    <table>
      <thead>
        <tr>
          ${columns.map(headOf)}
        </tr>
      </thead>
      <tbody>
        ${children}
      </tbody>
    </table>
  </div>`;
}

function headOf(column: Column): ComponentChildren {
  if (typeof column === "string") return html`<th scope="col">${column}</th>`;
  if ("num" in column) return html`<th scope="col" class="num">${column.num}</th>`;
  return html`<th scope="col"><span class="hidden">${column.hidden}</span></th>`;
}
