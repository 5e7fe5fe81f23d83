import type { TokensSettings } from "../../../shared/model/pipelines/tokens.ts";
import type { TensorSettings } from "../../../shared/model/tensor/settings.ts";
import type { Tensors } from "../pipelines/pipeline.ts";
import type { PlainTensor } from "../pipelines/plain-tensor.ts";
import type { Tokens } from "./tokens.ts";

/**
 * Rows into the inputs of a graph, each [rows, length]: as long as the longest of them, or as the graph
 * wants it. The mask says what is padding, so that no row changes with its neighbours.
 */
export function stackTokens(
  rows: readonly Tokens[],
  inputs: readonly TensorSettings[],
  settings: Pick<TokensSettings, "padding_side" | "padding_id">,
): Tensors {
  const longest = Math.max(1, ...rows.map(({ ids }) => ids.length));
  return Object.fromEntries(
    inputs.map(({ name, dtype, shape: [, fixed] }) => {
      const length = typeof fixed === "number" ? fixed : longest;
      const values = new Int32Array(rows.length * length);
      if (name === "input_ids") values.fill(settings.padding_id);
      for (const [i, row] of rows.entries()) {
        const before = firstOf(row, length, settings);
        values.set(valuesOf(name, row), i * length + before);
      }
      return [name, tensorOf(values, dtype, [rows.length, length])];
    }),
  );
}

/** Where a row's tokens begin in one of `length`. */
export function firstOf(
  { ids }: Tokens,
  length: number,
  { padding_side: side }: Pick<TokensSettings, "padding_side">,
): number {
  return side === "right" ? 0 : length - ids.length;
}

function valuesOf(name: string, { ids, types }: Tokens): readonly number[] {
  switch (name) {
    case "input_ids":
      return ids;
    case "attention_mask":
      return ids.map(() => 1);
    case "token_type_ids":
      return types;
    case "position_ids":
      return ids.map((_, i) => i);
    default:
      throw new Error(`cannot feed the input "${name}"`);
  }
}

function tensorOf(
  values: Int32Array<ArrayBuffer>,
  dtype: string,
  dims: readonly number[],
): PlainTensor {
  if (dtype === "int32") return { dtype, dims, data: values };
  return { dtype: "int64", dims, data: BigInt64Array.from(values, BigInt) };
}
