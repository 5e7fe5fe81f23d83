import type { Dimension, OnnxModel, ValueType } from "./graph.ts";

/** What exporters and their users call the batch dimension. */
const BATCH = /^batch(?:_?size)?$/i;

/**
 * A dimension behind the first one that is as long as a batch: what it holds of one row changes with its
 * neighbours.
 *
 * @param others dimensions behind the first @returns its name
 */
export function batchAgain(
  others: readonly Dimension[],
  { graph }: Pick<OnnxModel, "graph">,
): string | undefined {
  const firsts = new Set(graph.inputs.map(({ type }) => firstOf(type)));
  return others
    .filter((dim) => typeof dim === "string")
    .find((dim) => firsts.has(dim) || BATCH.test(dim));
}

export function firstOf(type: ValueType): Dimension | undefined {
  return type.kind === "tensor" ? type.dims?.[0] : undefined;
}
