import type { Graph, GraphNode } from "../onnx/graph.ts";

/** By the name of a value, the node that makes it; inputs and initializers have none. */
export type Producers = ReadonlyMap<string, GraphNode>;

export function producersIn({ nodes }: Graph): Producers {
  return new Map(nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)));
}

/** The node that a value comes from, behind those that only pass it on. */
export function originOf(
  value: string,
  producers: Producers,
  passing: ReadonlySet<string>,
): GraphNode | undefined {
  const seen = new Set<GraphNode>(); // in a damaged file nodes may go round
  let node = producers.get(value);
  while (node !== undefined && passing.has(node.opType) && !seen.has(node)) {
    seen.add(node);
    node = producers.get(node.inputs[0] ?? "");
  }
  return node;
}

/** `node "x" and 2 more`: what a finding about several nodes stands at. */
export function placeOf(nodes: readonly GraphNode[]): string {
  const [first, ...others] = nodes;
  if (first === undefined) return "";
  const place = `node "${first.name || first.outputs[0]}"`;
  return others.length === 0 ? place : `${place} and ${others.length} more`;
}
