import { compareValues, isRecord } from "../compare.ts";
import { valueVersions, VERSION_TOLERANCE, type VersionComparer } from "../versions.ts";

/**
 * Outputs of classifiers say the same when their labels are the same, or their most probable classes
 * where the model gives no label; probabilities are measured and not judged, since those of two
 * versions are never the same. Other outputs are values. A truth is the label, or as for values.
 */
export const tabularVersions: VersionComparer = {
  compare: (candidate, live) => {
    const [got, wanted] = [classOf(candidate), classOf(live)];
    if (got === undefined || wanted === undefined) return valueVersions.compare(candidate, live);
    return {
      difference: got === wanted ? undefined : `/label: ${got} instead of ${wanted}`,
      largest: compareValues(withoutLabel(candidate), withoutLabel(live), VERSION_TOLERANCE)
        .largest,
    };
  },
  isRight: (output, truth) => {
    const found = classOf(output);
    return found === undefined || isRecord(truth)
      ? valueVersions.isRight(output, truth)
      : found === String(truth);
  },
};

/** As text: the labels of a class may be numbers, and are texts among the probabilities. */
function classOf(output: unknown): string | undefined {
  if (!isRecord(output)) return undefined;
  const { label, probabilities } = output;
  if (typeof label === "string" || typeof label === "boolean" || Number.isInteger(label)) {
    return String(label);
  }
  return label === undefined && isRecord(probabilities) ? mostProbable(probabilities) : undefined;
}

function mostProbable(probabilities: Readonly<Record<string, unknown>>): string | undefined {
  const classes = Object.entries(probabilities);
  const [best] = classes.toSorted(([, a], [, b]) => Number(b) - Number(a));
  return best?.[0];
}

function withoutLabel(output: unknown): unknown {
  return isRecord(output) ? { ...output, label: null } : output;
}
