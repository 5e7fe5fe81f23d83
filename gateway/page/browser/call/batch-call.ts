import type { KeySource } from "./call.ts";

/** A request that scores all items of a file, or the photos of a folder, to be shown as code. */
export interface BatchCall {
  /** Of the gateway, without a slash at its end. */
  readonly url: string;
  /** A name, or `name@version`. */
  readonly model: string;
  readonly key: KeySource;
  readonly items: BatchItems;
}

/** @member path of the file or folder, as whoever runs the code sees it */
export interface BatchItems {
  readonly kind: "csv" | "ndjson" | "photos";
  readonly path: string;
}

/** Where batches are made; a table has no room for the model beside its records. */
export function batchesUrl({ url, model, items: { kind } }: BatchCall): string {
  return `${url}/v1/batches${kind === "csv" ? `?model=${encodeURIComponent(model)}` : ""}`;
}

/** What lines of JSON begin with. */
export function headLine({ model }: BatchCall): string {
  return JSON.stringify({ batch: { model } });
}
