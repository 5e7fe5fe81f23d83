import type { ComponentChildren } from "preact";
import { html } from "../app/html.ts";
import { listLink, type ListPage, type Query } from "../app/route.ts";
import type { Answer } from "../app/use-answer.ts";
import { Pager } from "./pager.ts";
import { Empty, Missing } from "./states.ts";

interface ListingProps<Row> {
  readonly page: ListPage;
  /** One of its rows, in words. */
  readonly one: string;
  readonly answer: Answer<{ readonly data: readonly Row[]; readonly next_cursor: string | null }>;
  /** What is chosen there, with the cursor. */
  readonly query: Query;
  readonly tableOf: (rows: readonly Row[]) => ComponentChildren;
  /** What to do when there is nothing yet. */
  readonly children?: ComponentChildren;
}

/** A page of a list, newest first: its rows or why there are none, and the way to the others. */
export function Listing<Row>(props: ListingProps<Row>): ComponentChildren {
  const { page, answer, query, tableOf } = props;
  const { value, error } = answer;
  const { cursor = "", ...chosen } = query;
  return html`
    <${Missing} what=${`the ${page}`} value=${value} error=${error} />
    ${value !== undefined && (value.data.length === 0 ? noneOf(props) : tableOf(value.data))}
    <${Pager}
      newest=${cursor === "" ? undefined : listLink(page, chosen)}
      older=${value?.next_cursor && listLink(page, { ...chosen, cursor: value.next_cursor })}
    />
  `;
}

function noneOf<Row>({ page, one, answer, query, children }: ListingProps<Row>): ComponentChildren {
  if (answer.value?.next_cursor) {
    return html`<${Empty} title="None among these; older ones may fit." />`;
  }
  const isFiltered = Object.values(query).some((text) => text !== "");
  if (isFiltered) return html`<${Empty} title=${`No ${one} is like that.`} />`;
  return html`<${Empty} title=${`No ${page} yet.`}>${children}<//>`;
}
