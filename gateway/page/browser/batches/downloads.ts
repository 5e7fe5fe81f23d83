import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { BatchObject } from "../../../batches/batch-schema.ts";
import { count, several } from "../app/figures.ts";
import type { Gateway } from "../app/gateway.ts";
import { errorOf } from "../app/error-of.ts";
import { html } from "../app/html.ts";
import { Button } from "../pieces/button.ts";
import { ProblemNote } from "../pieces/problem.ts";
import { endedOf } from "./batch-status.ts";
import { resultPages, type ResultForm } from "./result-pages.ts";
import { openSaver } from "./saver.ts";

interface DownloadsProps {
  readonly gateway: Gateway;
  readonly batch: BatchObject;
  /** What there is of its model. */
  readonly forms: readonly ResultForm[];
}

const TYPES: Readonly<Record<ResultForm, readonly [name: string, type: string]>> = {
  csv: ["CSV", "text/csv"],
  ndjson: ["NDJSON", "application/x-ndjson"],
};

/** Saves the results that there are, in a file. */
export function Downloads({ gateway, batch, forms }: DownloadsProps): ComponentChildren {
  const [saved, setSaved] = useState<number>();
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<Error>();
  const leaving = useRef<AbortController>(null);
  useEffect(() => () => leaving.current?.abort(), []);
  const save = async (form: ResultForm): Promise<void> => {
    const stop = new AbortController();
    leaving.current = stop;
    setError(undefined);
    setSaved(undefined);
    const saver = await openSaver(`${batch.id}.${form}`, TYPES[form][1]);
    if (saver === undefined) return;
    setBusy(true);
    setSaved(0);
    try {
      for await (const { text, records } of resultPages(gateway, batch.id, form, stop.signal)) {
        await saver.write(text);
        setSaved((last = 0) => last + records);
      }
      await saver.close();
    } catch (reason) {
      setSaved(undefined);
      await saver.abort();
      if (!stop.signal.aborted) throw reason;
    } finally {
      setBusy(false);
    }
  };
  if (endedOf(batch) === 0) return null;
  return html`${forms.map(
    (form) =>
      html`<${Button}
        key=${form}
        disabled=${isBusy}
        onClick=${() => void save(form).catch((reason: unknown) => setError(errorOf(reason)))}
      >
        Download ${TYPES[form][0]}
      <//>`,
  )}
  ${
    saved !== undefined &&
    html`<span class="small" role="status">
      ${isBusy ? html`<span class="num">${count(saved)}</span> of <span class="num">${count(endedOf(batch))}</span> saved` : `${several(saved, "result")} saved`}
    </span>`
  }
  ${isBusy && html`<${Button} onClick=${() => leaving.current?.abort()}>Stop<//>`}
  ${error !== undefined && html`<${ProblemNote} error=${error} />`}`;
}
