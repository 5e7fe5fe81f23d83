import type { ComponentChildren } from "preact";
import { html } from "../app/html.ts";
import { gatewayUrl, keySourceOf, type Viewer } from "../app/viewer.ts";
import type { BatchItems } from "../call/batch-call.ts";
import { batchCurl } from "../call/batch-curl.ts";
import { batchPython } from "../call/batch-python.ts";
import { batchTypescript } from "../call/batch-typescript.ts";
import { overLines } from "../call/curl.ts";
import { SameCall } from "../pieces/same-call.ts";

interface BatchCodeProps {
  readonly viewer: Viewer;
  readonly model: string;
  readonly kind: BatchItems["kind"];
  /** As its person calls the file or folder, where that is known. */
  readonly path: string | undefined;
}

const PATHS: Readonly<Record<BatchItems["kind"], string>> = {
  csv: "rows.csv",
  ndjson: "rows.ndjson",
  photos: "photos",
};

/** A batch like this as code in three languages. */
export function BatchCode({ viewer, model, kind, path }: BatchCodeProps): ComponentChildren {
  const key = keySourceOf(viewer);
  const call = { url: gatewayUrl(), model, key, items: { kind, path: path ?? PATHS[kind] } };
  const tabs = [
    { name: "curl", text: overLines(batchCurl(call)) },
    { name: "Python", text: batchPython(call) },
    { name: "TypeScript", text: batchTypescript(call) },
  ];
  const variable = key.from === "variable" ? key.name : undefined;
  return html`<${SameCall}
    title="The same batch from your code"
    tabs=${tabs}
    variable=${variable}
  />`;
}
