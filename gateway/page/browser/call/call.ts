/** A request that scores one input, to be shown as code. */
export interface Call {
  /** Of the gateway, without a slash at its end. */
  readonly url: string;
  /** A name, or `name@version`. */
  readonly model: string;
  readonly key: KeySource;
  readonly body: CallBody;
  /** What goes into the query, such as a file's parameters. */
  readonly query?: Readonly<Record<string, string>>;
}

/** Where the code that is shown takes the key from: it never stands in it. */
export type KeySource =
  | { readonly from: "nowhere" }
  | { readonly from: "variable"; readonly name: string }
  /** @member path as whoever runs the code sees it */
  | { readonly from: "file"; readonly path: string };

export type CallBody =
  /** @member json the whole body, `{"input": …}` */
  | { readonly kind: "json"; readonly json: unknown }
  /** @member path of a file of JSON that is the input alone */
  | { readonly kind: "input-file"; readonly path: string }
  | { readonly kind: "file"; readonly path: string; readonly mediaType: string };

/** How long the code waits for the job's end, in seconds. */
export const WAIT_SECONDS = 30;

/** Where jobs are created. */
export function jobsUrl({ url, model, query = {} }: Call): string {
  const search = new URLSearchParams(query).toString();
  return `${url}/v1/models/${model}/jobs${search === "" ? "" : `?${search}`}`;
}

/** The member of a job that answers the body. */
export function answerOf(body: CallBody): "output" | "outputs" {
  const isSeveral =
    body.kind === "json" && body.json instanceof Object && Object.hasOwn(body.json, "inputs");
  return isSeveral ? "outputs" : "output";
}

export function mediaTypeOf(body: CallBody): string {
  return body.kind === "file" ? body.mediaType : "application/json";
}
