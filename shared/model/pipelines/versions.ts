import { compareValues, isRecord, type Comparison } from "./compare.ts";

/**
 * How far apart numbers of two versions may be that are to say the same: a hundredth, of a probability
 * or of what the live version says.
 */
export const VERSION_TOLERANCE = { absolute: 0.01, relative: 0.01 };

/** Compares outputs of two versions of a model for the same input, and outputs with the truth. */
export interface VersionComparer {
  /** @param candidate an output of the version that is tried @param live of the one that answers */
  readonly compare: (candidate: unknown, live: unknown) => Comparison;
  /** @param truth what the output should have said, as short as a client can say it */
  readonly isRight: (output: unknown, truth: unknown) => boolean;
}

/**
 * Outputs that are values, whatever they mean: the same but for the tolerance. A truth is an output, or
 * the members of one that matter, or the value of its only member.
 */
export const valueVersions: VersionComparer = {
  compare: (candidate, live) => compareValues(candidate, live, VERSION_TOLERANCE),
  isRight: (output, truth) => {
    if (!isRecord(output)) return isSame(output, truth);
    if (isRecord(truth)) {
      return Object.entries(truth).every(([name, value]) => isSame(output[name], value));
    }
    const [only, ...others] = Object.values(output);
    return others.length === 0 && isSame(only, truth);
  },
};

/**
 * Whether an output is right, or of several inputs each is.
 *
 * @param truth of a list: a list as long
 */
export function areRight(
  { isRight }: VersionComparer,
  output: unknown,
  { truth, isList }: { readonly truth: unknown; readonly isList: boolean },
): boolean {
  if (!isList) return isRight(output, truth);
  if (!Array.isArray(output) || !Array.isArray(truth) || output.length !== truth.length) {
    return false;
  }
  const truths: readonly unknown[] = truth;
  return output.every((one: unknown, i) => isRight(one, truths[i]));
}

function isSame(actual: unknown, wanted: unknown): boolean {
  return compareValues(actual, wanted, VERSION_TOLERANCE).difference === undefined;
}
