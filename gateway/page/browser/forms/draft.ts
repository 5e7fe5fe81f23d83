import type { CallBody } from "../call/call.ts";

/** An input as the form holds it, ready to be sent. */
export type Draft =
  | { readonly kind: "input"; readonly input: unknown }
  /** Several, for one job: its answer has a list of outputs. */
  | { readonly kind: "inputs"; readonly inputs: readonly unknown[] }
  | { readonly kind: "file"; readonly blob: Blob; readonly name: string };

export type Parameters = Readonly<Record<string, unknown>>;

/** A request's body, and what goes into its query: files have their parameters there. */
export interface Prepared {
  readonly type: string;
  readonly body: BodyInit;
  readonly query: Readonly<Record<string, string>>;
  /** The same, for code that is shown. */
  readonly shown: CallBody;
}

/** What the file of an example is called where it is sent from: `espresso.jpg`. @param type of its content */
export function exampleFileName(name: string, type: string): string {
  return `${name}.${type.replace(/^.*\//, "").replace("jpeg", "jpg")}`;
}

/** What is longer is shown as a file of its own, in characters of JSON. */
const SHOWN_MAX = 2000;

export function prepared(draft: Draft, parameters: Parameters): Prepared {
  if (draft.kind === "file") {
    const { blob, name } = draft;
    const type = blob.type === "" ? "application/octet-stream" : blob.type;
    const query = Object.fromEntries(
      Object.entries(parameters).map(([parameter, value]) => [parameter, String(value)]),
    );
    return { type, body: blob, query, shown: { kind: "file", path: name, mediaType: type } };
  }
  const hasParameters = Object.keys(parameters).length > 0;
  const work = draft.kind === "input" ? { input: draft.input } : { inputs: draft.inputs };
  const json = { ...work, ...(hasParameters && { parameters }) };
  const body = JSON.stringify(json);
  const type = "application/json";
  const shown: CallBody =
    body.length <= SHOWN_MAX
      ? { kind: "json", json }
      : { kind: "file", path: "request.json", mediaType: type };
  return { type, body, query: {}, shown };
}
