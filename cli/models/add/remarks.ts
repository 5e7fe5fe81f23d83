import type { Manifest } from "../../../shared/model/manifest.ts";

/** What rounding in float32 may add to a probability of 1. */
const ROUNDING = 1e-4;

/** What a person should know of the answer to the example, though it is no fault. */
export function remarksOn(output: unknown, { pipeline }: Manifest): readonly string[] {
  if (pipeline.type !== "tabular" || pipeline.probabilities === undefined) return [];
  const values = memberOf(output, "probabilities");
  if (typeof values !== "object" || values === null) return [];
  const odd = Object.values(values).find(
    (value) => typeof value === "number" && (value < -ROUNDING || value > 1 + ROUNDING),
  );
  if (odd === undefined) return [];
  return [
    `"probabilities" are scores: one is ${Number(odd).toPrecision(3)}. scikit-learn exports probabilities without raw_scores, and those of an SVC with probability=True.`,
  ];
}

function memberOf(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  return new Map<string, unknown>(Object.entries(value)).get(name);
}
