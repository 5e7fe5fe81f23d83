import type { Job } from "../../../jobs/job-schema.ts";
import type { Draft } from "../forms/draft.ts";

/** What a try has come to. The last answer stays until there is another. */
export interface Scoring {
  readonly draft: Draft | undefined;
  /** Name of the example that the draft is. */
  readonly chosen: string | undefined;
  /** What is under way; `job` as soon as it is accepted. */
  readonly pending: { readonly job: Job | undefined } | undefined;
  readonly answered: Answered | undefined;
  readonly error: Error | undefined;
}

/** An output, and what it answers. */
export interface Answered {
  readonly job: Job;
  readonly draft: Draft;
  readonly chosen: string | undefined;
}

export const NOTHING: Scoring = {
  draft: undefined,
  chosen: undefined,
  pending: undefined,
  answered: undefined,
  error: undefined,
};

export type Step =
  | { readonly is: "sent"; readonly draft: Draft; readonly chosen: string | undefined }
  | { readonly is: "moved"; readonly job: Job }
  | { readonly is: "answered"; readonly answered: Answered }
  | { readonly is: "failed"; readonly error: Error };

export function next(last: Scoring, step: Step): Scoring {
  switch (step.is) {
    case "sent": {
      const { draft, chosen } = step;
      return { ...last, draft, chosen, pending: { job: undefined }, error: undefined };
    }
    case "moved":
      return { ...last, pending: { job: step.job } };
    case "answered":
      return { ...last, pending: undefined, answered: step.answered };
    case "failed":
      return { ...last, pending: undefined, error: step.error };
  }
}
