import { readQuestions } from "./questions.ts";
import { readWines } from "./wines.ts";
import type { Workload } from "./workload.ts";

/** By the names that `--models` takes. */
const workloads = {
  faq: (): Workload => ({
    model: "faq-javascript",
    cases: readQuestions().map(({ text, id, probability }) => ({
      input: { text },
      label: id,
      probability,
    })),
  }),
  wine: (): Workload => ({ model: "wine", cases: readWines() }),
} as const;

export type WorkloadName = keyof typeof workloads;

export const workloadNames: readonly WorkloadName[] = ["faq", "wine"];

export function workloadOf(name: WorkloadName): Workload {
  return workloads[name]();
}
