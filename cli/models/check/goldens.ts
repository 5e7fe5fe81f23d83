import type { Comparer } from "../../../shared/model/pipelines/compare.ts";
import type { Goldens } from "../goldens.ts";
import { finderAt, type Finding } from "./finding.ts";
import type { TriedRow } from "./trial.ts";

/**
 * Goldens whose output is not the expected one.
 *
 * @param alone one per golden, each run alone
 * @param compare the pipeline's
 */
export function compareGoldens(
  { cases, tolerance }: Goldens,
  alone: readonly TriedRow[],
  compare: Comparer,
): { readonly failed: number; readonly findings: readonly Finding[] } {
  const faults = cases.flatMap(({ name, output }, i) => {
    const result = alone[i];
    const allowed = { absolute: tolerance, relative: 0 };
    const fault = result?.failure ?? compare(result?.output, output, allowed).difference;
    return fault === undefined ? [] : [{ name, fault }];
  });
  const [first] = faults;
  if (first === undefined) return { failed: 0, findings: [] };
  const more = faults.length === 1 ? "" : ` and ${faults.length - 1} more`;
  const found = finderAt("golden", `golden "${first.name}"${more}`);
  return { failed: faults.length, findings: [found("bad", `${first.fault}.`, FIX)] };
}

const FIX =
  "compare with onnxruntime in Python on this input: the settings of the\n" +
  "pipeline, the export, or golden.json is wrong";
