import type { GraphNode, OnnxModel } from "../onnx/graph.ts";
import { tensorValues } from "../onnx/tensor-values.ts";

/** The values of a column that a model knows. */
export interface Categories {
  readonly values: readonly (string | number)[];
  /** Whether the model fails at any other. */
  readonly isClosed: boolean;
}

const PASSING = new Set(["Identity", "Reshape", "Flatten", "Squeeze", "Unsqueeze"]);

/**
 * The categories of a column, as the encoder that it goes into lists them (`OneHotEncoder` and
 * `LabelEncoder` of ai.onnx.ml); null when it goes elsewhere.
 *
 * @param input the input tensor
 * @param position the column's position in a row of it; null when it is the only one
 */
export function categoriesOf(
  { graph }: OnnxModel,
  input: string,
  position: number | null,
): Categories | null {
  const constants = new Map(graph.initializers.map((tensor) => [tensor.name, tensor]));
  const picks = ({ opType, inputs: [, index = ""] }: GraphNode): boolean => {
    const table = constants.get(index);
    if (opType !== "ArrayFeatureExtractor" || table === undefined) return false;
    return tensorValues(table)?.map(String).join(",") === String(position);
  };
  let names = [input];
  const seen = new Set(names); // in a damaged file nodes may go round
  let isPicked = position === null;
  while (names.length > 0) {
    const takers = graph.nodes.filter(({ inputs: [first = ""] }) => names.includes(first));
    const found = isPicked ? takers.flatMap((node) => encoded(node) ?? []) : [];
    if (found[0] !== undefined) return found[0];
    const next = isPicked
      ? takers.filter(({ opType }) => PASSING.has(opType))
      : takers.filter(picks);
    isPicked = true;
    names = next.flatMap(({ outputs }) => outputs).filter((name) => !seen.has(name));
    for (const name of names) seen.add(name);
  }
  return null;
}

function encoded({ opType, attributes }: GraphNode): Categories | null {
  const strings = (name: string): readonly string[] => attributes.get(name)?.strings ?? [];
  const ints = (name: string): readonly number[] => (attributes.get(name)?.ints ?? []).map(Number);
  if (opType === "OneHotEncoder") {
    const values = [...strings("cats_strings"), ...ints("cats_int64s")];
    // `zeros` 1, the default: a value that is not known becomes zeros.
    const isClosed = attributes.get("zeros")?.int === 0n;
    return values.length > 0 ? { values, isClosed } : null;
  }
  if (opType !== "LabelEncoder") return null;
  const values = [...strings("keys_strings"), ...ints("keys_int64s")];
  return values.length > 0 ? { values, isClosed: false } : null;
}
