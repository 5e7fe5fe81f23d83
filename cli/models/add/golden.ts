import type { Example } from "./example.ts";

/** Relative to the largest number of an output, or 1: what processors differ by in float32. */
const TOLERANCE = 1e-5;

/**
 * `golden.json` with the output of the dry run: named as observed, since nobody has said that it is
 * right.
 *
 * @param isGiven whether the example is the person's own
 */
export function goldenOf(example: Example, output: unknown, isGiven: boolean): object {
  const largest = numbersIn(output).reduce((most, it) => Math.max(most, Math.abs(it)), 1);
  const input = example.kind === "json" ? { input: example.input } : { input_file: example.file };
  const name = `observed when added, ${isGiven ? "with an example that was given" : "made up"}`;
  return {
    tolerance: { probability: Number((TOLERANCE * largest).toPrecision(2)) },
    cases: [{ name, ...input, parameters: {}, output }],
  };
}

function numbersIn(value: unknown): readonly number[] {
  if (typeof value === "number") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(numbersIn);
}
