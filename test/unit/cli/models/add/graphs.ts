import type {
  Dimension,
  GraphNode,
  GraphValue,
  OnnxDtype,
  OnnxModel,
} from "../../../../../cli/models/onnx/graph.ts";

/** A value as graphs have it: `tensor("x", "float32", null, 4)`. */
export function tensor(name: string, dtype: OnnxDtype, ...dims: Dimension[]): GraphValue {
  return { name, type: { kind: "tensor", dtype, dims } };
}

/** An operation without attributes. */
export function node(opType: string, inputs: string[], outputs: string[]): GraphNode {
  return { name: "", opType, domain: "", inputs, outputs, attributes: new Map() };
}

interface Parts {
  readonly inputs: readonly GraphValue[];
  readonly outputs: readonly GraphValue[];
  readonly nodes?: readonly GraphNode[];
  readonly producer?: string;
}

/** A model as `readModel` gives it. */
export function model({ inputs, outputs, nodes = [], producer = "" }: Parts): OnnxModel {
  return {
    path: "model.onnx",
    bytes: 1,
    irVersion: 8,
    producer: { name: producer, version: "1" },
    opsets: new Map([["", 17]]),
    graph: { nodes, inputs, outputs, initializers: [] },
    metadata: new Map(),
    functions: [],
  };
}
