import type { Graph, GraphNode } from "../onnx/graph.ts";
import { tensorValues } from "../onnx/tensor-values.ts";
import { widthOf } from "./guess.ts";
import type { RowTensor } from "./servable.ts";

/** Where an element of an input stands in a row of it. */
export interface RowElement {
  readonly input: string;
  readonly position: number;
}

/** By the name of a tensor, the elements of a row of it, where each is one of an input. */
export type Rows = ReadonlyMap<string, readonly RowElement[]>;

const PASSING = new Set(
  "Identity Reshape Flatten Squeeze Unsqueeze Scaler Imputer FeatureVectorizer".split(" "),
);

/** Follows the elements of inputs `[batch, columns]` to where they are picked and put together. */
export function rowsIn(
  { nodes, initializers }: Pick<Graph, "nodes" | "initializers">,
  inputs: readonly RowTensor[],
): Rows {
  const tables = new Map(initializers.map((tensor) => [tensor.name, tensor]));
  const rows = new Map<string, readonly RowElement[]>(
    inputs.map((input) => [
      input.name,
      Array.from({ length: widthOf(input) }, (_, position) => ({ input: input.name, position })),
    ]),
  );
  const rowOf = ({
    opType,
    inputs: names,
    attributes,
  }: GraphNode): readonly RowElement[] | null => {
    const [first = "", second = "", third = ""] = names;
    if (PASSING.has(opType)) return rows.get(first) ?? null;
    // As exporters fill texts: Where(is it the text for none, what is put in, the element).
    if (opType === "Where") return rows.get(third) ?? null;
    if (opType === "Concat") {
      const parts = names.map((name) => rows.get(name));
      return parts.every((part) => part !== undefined) ? parts.flat() : null;
    }
    const isPick = opType === "Gather" && attributes.get("axis")?.int === 1n;
    if (opType !== "ArrayFeatureExtractor" && !isPick) return null;
    const [row, table] = [rows.get(first), tables.get(second)];
    const indices = table && tensorValues(table);
    return row && indices ? indices.flatMap((index) => row[Number(index)] ?? []) : null;
  };
  for (const node of nodes) {
    const [row, [output = ""]] = [rowOf(node), node.outputs];
    if (row !== null) rows.set(output, row);
  }
  return rows;
}

/** Whether a tensor holds this element and no other. */
export function isOnly(
  row: readonly RowElement[] | undefined,
  { input, position }: RowElement,
): boolean {
  const [only, ...others] = row ?? [];
  return others.length === 0 && only?.input === input && only.position === position;
}
