import type { ComponentChildren } from "preact";
import type { BatchObject } from "../../../batches/batch-schema.ts";
import { count } from "../app/figures.ts";
import type { Gateway } from "../app/gateway.ts";
import { html } from "../app/html.ts";
import { Moves, movesTo } from "../pieces/moves.ts";
import { nameOf } from "./batch-status.ts";

interface BatchMovesProps {
  readonly gateway: Gateway;
  readonly batch: BatchObject;
  readonly onMoved: () => void;
  readonly children?: ComponentChildren;
}

/** What may be done with a batch: a retry takes back what a cancel did. */
export function BatchMoves(props: BatchMovesProps): ComponentChildren {
  const { gateway, batch, onMoved, children } = props;
  const { id, urls, outcome, counts } = batch;
  const left = count(counts.total - counts.succeeded);
  const paths = { [`Retry ${left} that did not succeed`]: urls.retry, Cancel: urls.cancel };
  const erasure = {
    name: "Delete",
    title: "Delete this batch?",
    word: nameOf(batch),
    about: html`<p>Its items, results and record are erased. Nobody can get them back.</p>`,
    act: async (): Promise<void> => {
      await gateway.send("DELETE", `/v1/batches/${id}`);
      location.hash = "#/batches";
    },
  };
  return html`<${Moves}
    moves=${movesTo(paths, async (path) => {
      await gateway.send("POST", path);
      onMoved();
    })}
    erasure=${outcome === null ? undefined : erasure}
  >
    ${children}
  <//>`;
}
