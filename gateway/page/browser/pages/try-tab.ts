import type { ComponentChildren } from "preact";
import { useEffect, useMemo, useReducer, useRef, useState } from "preact/hooks";
import type { Job } from "../../../jobs/job-schema.ts";
import type { ExampleList } from "../../../models/inputs.ts";
import type { Model } from "../../../models/model-schema.ts";
import { followNew } from "../app/follow.ts";
import { Refused, refusalIn } from "../app/gateway.ts";
import { html } from "../app/html.ts";
import { useAnswer } from "../app/use-answer.ts";
import { may, type Viewer } from "../app/viewer.ts";
import { exampleFileName, prepared, type Draft, type Parameters } from "../forms/draft.ts";
import type { Example } from "../forms/form.ts";
import { formOf } from "../forms/forms.ts";
import { ParameterFields } from "../forms/parameters.ts";
import { Course } from "../pieces/course.ts";
import { Phases } from "../pieces/phases.ts";
import { ProblemNote } from "../pieces/problem.ts";
import { Lacking, Loading } from "../pieces/states.ts";
import { CallCode } from "./call-code.ts";
import { next, NOTHING, type Scoring, type Step } from "./scoring.ts";

interface TryTabProps {
  readonly viewer: Viewer;
  readonly model: Model;
  /** As it is asked for: a name, or `name@version`. */
  readonly name: string;
  /** Whether a worker would answer. */
  readonly isServed: boolean;
}

/** A form and its answer: the first example is scored when it opens. */
export function TryTab(props: TryTabProps): ComponentChildren {
  const { viewer, model } = props;
  const { value, error } = useAnswer<ExampleList>(
    viewer.gateway,
    `/v1/models/${model.id}/examples`,
  );
  if (value === undefined && error === undefined) return html`<${Loading} what="the examples" />`;
  return html`<${Trial} ...${props} examples=${value?.data ?? []} />`;
}

function Trial({
  viewer,
  model,
  name,
  isServed,
  examples: all,
}: TryTabProps & { examples: readonly Example[] }): ComponentChildren {
  const form = formOf(model.pipeline);
  const examples = useMemo(() => form.order?.(all) ?? all, [all]);
  const [parameters, setParameters] = useState<Parameters>({});
  const { scoring, score } = useScoring(viewer, name);
  const { gateway } = viewer;
  const load = async (url: string): Promise<Blob> => (await gateway.ask(url)).blob();
  const draftOf = (example: Example): Draft =>
    form.draftOf?.(example, model) ?? { kind: "input", input: example.input };
  /** Counts what was chosen: a file that comes late takes no newer choice's place. */
  const choice = useRef(0);
  const take = async (example: Example): Promise<void> => {
    const mine = (choice.current += 1);
    const draft = await fileOf(example, load).then((it) => it ?? draftOf(example));
    if (mine === choice.current) score(draft, parameters, example.name);
  };
  const mayScore = may(viewer, "jobs:write");
  const first = examples[0];
  useEffect(() => {
    // Where nobody answers, a job would wait for nothing.
    if (first !== undefined && mayScore && isServed) void take(first).catch(() => undefined);
  }, []);
  const { draft, chosen, pending, answered, error } = scoring;
  const call = draft && prepared(draft, parameters);
  const expected = examples.find((example) => example.name === answered?.chosen)?.expected;
  const shownDraft = draft ?? (first?.file === null ? draftOf(first) : undefined);
  return html`${!mayScore && html`<${Lacking} scope="jobs:write" what="score" />`}
    <div class="two">
      <section class="card" aria-label=${form.inputTitle}>
        <h2>${form.inputTitle}</h2>
        <${form.Input}
          model=${model}
          draft=${shownDraft}
          examples=${examples}
          chosen=${chosen}
          onExample=${(example: Example) => void take(example).catch(() => undefined)}
          onDraft=${(it: Draft) => {
            choice.current += 1;
            score(it, parameters, undefined);
          }}
          load=${load}
          faults=${faultsOf(error)}
        />
        <${ParameterFields}
          schema=${model.parameters_schema}
          parameters=${parameters}
          onParameters=${(it: Parameters) => {
            setParameters(it);
            if (draft !== undefined) score(draft, it, chosen);
          }}
        />
      </section>
      <section class=${`card ${pending ? "stale" : ""}`} aria-label=${form.outputTitle}>
        <h2>${form.outputTitle}</h2>
        ${error !== undefined && html`<${ProblemNote} error=${error} />`}
        ${pending !== undefined && html`<${Course} job=${pending.job} />`}
        ${
          answered !== undefined &&
          error === undefined &&
          html`<div class="answer" aria-live="polite">
              <${form.Output}
                output=${answered.job.outputs ?? answered.job.output}
                draft=${answered.draft}
                expected=${expected}
              />
            </div>
            ${answered.job.metrics && html`<${Phases} metrics=${answered.job.metrics} id=${answered.job.id} />`}`
        }
        ${
          answered === undefined &&
          pending === undefined &&
          error === undefined &&
          html`<p class="empty">Give it an input; the answer stands here.</p>`
        }
      </section>
    </div>
    ${call !== undefined && html`<${CallCode} viewer=${viewer} model=${name} body=${call.shown} query=${call.query} />`}`;
}

/** Faults of the last input by their place in it, below `/input` or `/inputs`. */
export function faultsOf(error: Error | undefined): ReadonlyMap<string, string> {
  const faults = error instanceof Refused ? (error.problem.errors ?? []) : [];
  return new Map(
    faults.flatMap(({ pointer, detail }) =>
      pointer?.startsWith("/input") ? [[pointer.replace(/^\/inputs?/, ""), detail]] : [],
    ),
  );
}

/** @returns undefined for an example that is no file */
async function fileOf(
  { name, file }: Example,
  load: (url: string) => Promise<Blob>,
): Promise<Draft | undefined> {
  if (file === null) return undefined;
  const blob = await load(file.url);
  return { kind: "file", blob, name: exampleFileName(name, file.media_type) };
}

/** Scores one input after the other: a new one is not kept waiting by the last. */
function useScoring(
  { gateway }: Viewer,
  name: string,
): {
  readonly scoring: Scoring;
  readonly score: (draft: Draft, parameters: Parameters, chosen: string | undefined) => void;
} {
  const [scoring, dispatch] = useReducer(next, NOTHING);
  const current = useRef<AbortController>(undefined);
  useEffect(() => () => current.current?.abort(), []);
  const score = (draft: Draft, parameters: Parameters, chosen: string | undefined): void => {
    current.current?.abort();
    const { signal } = (current.current = new AbortController());
    dispatch({ is: "sent", draft, chosen });
    const { type, body, query } = prepared(draft, parameters);
    const search = new URLSearchParams(query).toString();
    const path = `/v1/models/${name}/jobs${search === "" ? "" : `?${search}`}`;
    const onJob = (job: Job): void => {
      if (!signal.aborted) dispatch({ is: "moved", job });
    };
    void followNew(gateway, { path, type, body }, { onEach: onJob, signal })
      .then((job) => stepOf(job, draft, chosen))
      .catch((reason: unknown): Step => ({ is: "failed", error: errorOf(reason) }))
      .then((step) => signal.aborted || dispatch(step));
  };
  return { scoring, score };
}

function stepOf(job: Job, draft: Draft, chosen: string | undefined): Step {
  if (job.error === null) return { is: "answered", answered: { job, draft, chosen } };
  return { is: "failed", error: refusalIn(job.error) };
}

function errorOf(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error("Something went wrong in this page.");
}
