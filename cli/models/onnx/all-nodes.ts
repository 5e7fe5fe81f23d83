import type { Graph, GraphNode, OnnxModel } from "./graph.ts";

/** Every node: of the graph, of the subgraphs in its attributes at any depth, and of functions. */
export function* allNodes({ graph, functions }: OnnxModel): Generator<GraphNode> {
  yield* withSubgraphs(graph.nodes);
  for (const { nodes } of functions) yield* withSubgraphs(nodes);
}

/** The graph and all subgraphs below it, outermost first. */
export function* allGraphs({ graph, functions }: OnnxModel): Generator<Graph> {
  yield* graphsFrom(graph);
  for (const { nodes } of functions) yield* subgraphs(nodes);
}

function* withSubgraphs(nodes: readonly GraphNode[]): Generator<GraphNode> {
  yield* nodes;
  for (const graph of subgraphs(nodes)) yield* graph.nodes;
}

function* graphsFrom(graph: Graph): Generator<Graph> {
  yield graph;
  yield* subgraphs(graph.nodes);
}

function* subgraphs(nodes: readonly GraphNode[]): Generator<Graph> {
  for (const { attributes } of nodes) {
    for (const { graphs } of attributes.values()) {
      for (const graph of graphs) yield* graphsFrom(graph);
    }
  }
}
