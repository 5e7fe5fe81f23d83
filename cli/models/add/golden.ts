import type { Example } from "./example.ts";

/** Relative to the largest number of an output, or 1: what processors differ by in float32. */
const TOLERANCE = 1e-5;

/** An input that was tried, and what came of it. */
export interface Observed {
  readonly example: Example;
  readonly output: unknown;
  /** Whether the input is the person's own. */
  readonly isGiven: boolean;
}

/**
 * `golden.json` with the outputs of the trial, which nobody has said to be right: so none of them is what
 * was expected, and the names, which the page offers as examples, tell where the inputs came from.
 */
export function goldenOf(observed: readonly Observed[]): object {
  const outputs = observed.map(({ output }) => output);
  const largest = numbersIn(outputs).reduce((most, it) => Math.max(most, Math.abs(it)), 1);
  return {
    tolerance: { probability: Number((TOLERANCE * largest).toPrecision(2)) },
    cases: observed.map(({ example, output, isGiven }, i) => {
      const input = example.json ?? { input_file: example.file };
      const name = `${isGiven ? "your example" : "made-up input"}${i === 0 ? "" : ` ${i + 1}`}`;
      return { name, ...input, parameters: {}, output };
    }),
  };
}

function numbersIn(value: unknown): readonly number[] {
  if (typeof value === "number") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(numbersIn);
}
