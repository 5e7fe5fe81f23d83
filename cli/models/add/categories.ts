import type { GraphNode, OnnxModel } from "../onnx/graph.ts";
import { isOnly, type RowElement, type Rows } from "./row-elements.ts";

/** The values of a column that a model knows. */
export interface Categories {
  readonly values: readonly (string | number)[];
  /** Whether the model fails at any other. */
  readonly isClosed: boolean;
  /** Whether any other is the same to the model as none of these. */
  readonly isIgnoring: boolean;
}

/**
 * The categories of a column, as the encoder that it goes into lists them (`OneHotEncoder` and
 * `LabelEncoder` of ai.onnx.ml); null when it goes elsewhere.
 */
export function categoriesOf(
  { graph }: OnnxModel,
  rows: Rows,
  element: RowElement,
): Categories | null {
  const [found = null] = takers(graph.nodes, rows, element).flatMap((node) => encoded(node) ?? []);
  return found;
}

/**
 * The text that a model takes for one that is missing: what its imputer replaces, as skl2onnx writes it;
 * else a category that says so; else "", where texts that no category is are ignored.
 *
 * @returns undefined when the model does not know of missing texts
 */
export function missingTextOf(
  model: OnnxModel,
  rows: Rows,
  element: RowElement,
): string | undefined {
  const [replaced] = takers(model.graph.nodes, rows, element).flatMap((node) => markOf(node) ?? []);
  if (replaced !== undefined) return replaced;
  const known = categoriesOf(model, rows, element);
  // pandas' NaN is "nan" among the categories of an encoder that has learnt it.
  return (
    ["", "nan"].find((text) => known?.values.includes(text)) ??
    (known?.isIgnoring === true ? "" : undefined)
  );
}

function takers(
  nodes: readonly GraphNode[],
  rows: Rows,
  element: RowElement,
): readonly GraphNode[] {
  return nodes.filter(({ inputs: [first = ""] }) => isOnly(rows.get(first), element));
}

/** Of `LabelEncoder(text) → 1, anything else → 0`, which is how an imputer of texts finds them. */
function markOf(node: GraphNode): string | undefined {
  const [text, ...others] = strings(node, "keys_strings");
  const isTest = integers(node, "values_int64s").join() === "1" && others.length === 0;
  return node.opType === "LabelEncoder" && isTest ? text : undefined;
}

function encoded(node: GraphNode): Categories | null {
  const { opType, attributes } = node;
  if (opType === "OneHotEncoder") {
    const values = [...strings(node, "cats_strings"), ...integers(node, "cats_int64s")];
    // `zeros` 1, the default: a value that is not known becomes zeros.
    const isClosed = attributes.get("zeros")?.int === 0n;
    return values.length > 0 ? { values, isClosed, isIgnoring: !isClosed } : null;
  }
  if (opType !== "LabelEncoder" || markOf(node) !== undefined) return null;
  const values = [...strings(node, "keys_strings"), ...integers(node, "keys_int64s")];
  return values.length > 0 ? { values, isClosed: false, isIgnoring: false } : null;
}

function strings({ attributes }: GraphNode, name: string): readonly string[] {
  return attributes.get(name)?.strings ?? [];
}

function integers({ attributes }: GraphNode, name: string): readonly number[] {
  return (attributes.get(name)?.ints ?? []).map(Number);
}
