import { producersIn } from "../check/producers.ts";
import type { GraphNode, OnnxModel } from "../onnx/graph.ts";
import { tensorValues } from "../onnx/tensor-values.ts";

const ATTRIBUTES = ["classlabels_strings", "classlabels_int64s", "classlabels_ints"];

/**
 * The names of a classifier's classes, as the graph knows them: of the classifier operator, or of the
 * table of names, that is nearest before an output.
 *
 * @param output its label, or its probabilities
 * @param count how many there are; null when the graph leaves it open
 * @returns in the order of the probabilities, integers as digits; null when the graph has none
 */
export function classNamesOf(
  { graph, classNames }: OnnxModel,
  output: string,
  count: number | null,
): readonly string[] | null {
  const mapped = classNames?.get(output) ?? [];
  if (mapped.length > 1 && (count === null || mapped.length === count)) return mapped;
  const makers = producersIn(graph);
  const tables = new Map(graph.initializers.map((tensor) => [tensor.name, tensor]));
  const seen = new Set<string>();
  let front = [output];
  while (front.length > 0) {
    const nodes = front.flatMap((name) => makers.get(name) ?? []);
    for (const node of nodes) {
      const [first = ""] = node.inputs;
      const table = node.opType === "ArrayFeatureExtractor" ? tables.get(first) : undefined;
      const names = attributeNames(node) ?? (table && tensorValues(table))?.map(String);
      if (names === undefined || new Set(names).size !== names.length) continue;
      if (names.length > 1 && (count === null || names.length === count)) return names;
    }
    front = nodes.flatMap(({ inputs }) => inputs).filter((name) => !seen.has(name));
    for (const name of front) seen.add(name);
  }
  return null;
}

function attributeNames({ attributes }: GraphNode): readonly string[] | undefined {
  for (const name of ATTRIBUTES) {
    const attribute = attributes.get(name);
    if (attribute === undefined) continue;
    const names = [...attribute.strings, ...attribute.ints.map(String)];
    if (names.length > 0) return names;
  }
  return undefined;
}
