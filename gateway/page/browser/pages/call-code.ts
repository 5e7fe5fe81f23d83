import type { ComponentChildren } from "preact";
import { html } from "../app/html.ts";
import { gatewayUrl, keySourceOf, type Viewer } from "../app/viewer.ts";
import type { CallBody } from "../call/call.ts";
import { curlCall, overLines } from "../call/curl.ts";
import { pythonCall } from "../call/python.ts";
import { typescriptCall } from "../call/typescript.ts";
import { SameCall } from "../pieces/same-call.ts";

interface CallCodeProps {
  readonly viewer: Viewer;
  readonly model: string;
  readonly body: CallBody;
  readonly query: Readonly<Record<string, string>>;
  /** Without it: it is the call that was just made. */
  readonly title?: string;
}

/** A call as code in three languages, with what to do for the key. */
export function CallCode(props: CallCodeProps): ComponentChildren {
  const { viewer, model, body, query, title = "The same call from your code" } = props;
  const key = keySourceOf(viewer);
  const call = { url: gatewayUrl(), model, key, body, query };
  const tabs = [
    { name: "curl", text: overLines(curlCall(call)) },
    { name: "Python", text: pythonCall(call) },
    { name: "TypeScript", text: typescriptCall(call) },
  ];
  const variable = key.from === "variable" ? key.name : undefined;
  return html`<${SameCall} title=${title} tabs=${tabs} variable=${variable} />`;
}
