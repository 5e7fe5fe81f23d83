import { isDeepStrictEqual } from "node:util";
import type { Manifest } from "../../shared/model/manifest.ts";

/**
 * Why rows that were packed for one version cannot be read by another, for people; undefined when they can.
 * Inputs that are alike in JSON are other bytes where columns feed other tensors, or in another order.
 */
export function rowDifference(one: Manifest, other: Manifest): string | undefined {
  if (one.pipeline.type !== other.pipeline.type) return "its pipeline is of another type";
  if (isDeepStrictEqual(layoutOf(one), layoutOf(other))) return undefined;
  return "its tensors or columns are others, or in another order";
}

/** Of pipelines whose rows are packed tensors; the rows of all others say themselves what they are. */
function layoutOf({ pipeline, inputs }: Manifest): unknown {
  const tensors = inputs.map(({ name, dtype, shape }) => ({ name, dtype, shape }));
  if (pipeline.type === "tensor") return tensors;
  if (pipeline.type !== "tabular") return undefined;
  const columns = pipeline.columns.map(({ name, input, position }) => ({ name, input, position }));
  return { tensors, columns };
}
