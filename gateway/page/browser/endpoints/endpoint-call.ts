import type { ComponentChildren } from "preact";
import type { ExampleList } from "../../../models/inputs.ts";
import { html } from "../app/html.ts";
import { useAnswer } from "../app/use-answer.ts";
import type { Viewer } from "../app/viewer.ts";
import type { CallBody } from "../call/call.ts";
import { exampleFileName, prepared } from "../forms/draft.ts";
import { CallCode } from "../pages/call-code.ts";

interface EndpointCallProps {
  readonly viewer: Viewer;
  /** The endpoint's. */
  readonly name: string;
  /** The version whose example is sent. */
  readonly model: string;
}

/** How a program scores with an endpoint: one URL, whoever answers. */
export function EndpointCall({ viewer, name, model }: EndpointCallProps): ComponentChildren {
  const { value } = useAnswer<ExampleList>(viewer.gateway, `/v1/models/${model}/examples`);
  const [example] = value?.data ?? [];
  if (example === undefined) return null;
  return html`<${CallCode}
    viewer=${viewer}
    model=${name}
    body=${bodyOf(example)}
    query=${{}}
    title="Call it from your code"
  />`;
}

function bodyOf({ name, input, file }: ExampleList["data"][number]): CallBody {
  if (file === null) return prepared({ kind: "input", input }, {}).shown;
  const mediaType = file.media_type;
  return { kind: "file", path: exampleFileName(name, mediaType), mediaType };
}
