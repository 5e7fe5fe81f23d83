import { allGraphs } from "./all-nodes.ts";
import type { OnnxModel } from "./graph.ts";

/** The files that weights of a graph are in, by the names that it has for them, each with a tensor. */
export function externalFiles(model: OnnxModel): ReadonlyMap<string, string> {
  const tensors = [...allGraphs(model)].flatMap(({ initializers, nodes }) => [
    ...initializers,
    ...nodes.flatMap(({ attributes }) =>
      [...attributes.values()].flatMap(({ tensor }) => (tensor === null ? [] : [tensor])),
    ),
  ]);
  const files = new Map<string, string>();
  for (const { external, name } of tensors) {
    if (external !== null && !files.has(external)) files.set(external, name);
  }
  return files;
}
