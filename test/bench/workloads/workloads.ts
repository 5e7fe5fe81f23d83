import { readPhotos } from "./photos.ts";
import { readQuestions } from "./questions.ts";
import { readWines } from "./wines.ts";
import { TOLERANCE, type Workload } from "./workload.ts";

/** By the names that `--models` takes. */
const workloads = {
  faq: (): Workload => ({
    model: "faq-javascript",
    cases: readQuestions().map(({ text, id, probability }) => ({
      input: { text },
      label: id,
      probability,
      tolerance: TOLERANCE,
    })),
  }),
  wine: (): Workload => ({ model: "wine", cases: readWines() }),
  photos: (): Workload => ({ model: "image-classification", cases: readPhotos() }),
} as const;

export type WorkloadName = keyof typeof workloads;

export const workloadNames: readonly WorkloadName[] = ["faq", "wine", "photos"];

export function workloadOf(name: WorkloadName): Workload {
  return workloads[name]();
}
