import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Model } from "../../../models/model-schema.ts";
import { Refused } from "../app/gateway.ts";
import { html } from "../app/html.ts";
import type { Viewer } from "../app/viewer.ts";
import { Markdown } from "../pieces/markdown.ts";
import { ProblemNote } from "../pieces/problem.ts";
import { Empty, Loading } from "../pieces/states.ts";

/** What the maker of a version says of it. */
export function CardTab({ viewer, model }: { viewer: Viewer; model: Model }): ComponentChildren {
  const [text, setText] = useState<string>();
  const [error, setError] = useState<Error>();
  useEffect(() => {
    const leaving = new AbortController();
    void viewer.gateway
      .ask(`/v1/models/${model.id}/card`, { signal: leaving.signal })
      .then(async (response) => setText(await response.text()))
      .catch((reason: unknown) => {
        if (!leaving.signal.aborted && reason instanceof Error) setError(reason);
      });
    return () => leaving.abort();
  }, [viewer.gateway, model.id]);
  if (text !== undefined) return html`<div class="card"><${Markdown} text=${text} /></div>`;
  if (error === undefined) return html`<${Loading} what="the card" />`;
  if (!(error instanceof Refused) || error.problem.code !== "not_found")
    return html`<${ProblemNote} error=${error} />`;
  return html`<${Empty} title=${`${model.id} has no card yet.`}>
    <p>
      Write what it is for, how good it is and where it fails, as <code>card.md</code> in the
      version's folder.
    </p>
  <//>`;
}
