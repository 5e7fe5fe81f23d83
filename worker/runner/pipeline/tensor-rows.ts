import type { TensorSettings } from "../../../shared/model/manifest.ts";
import { isNumeric } from "../../../shared/model/tensor/element.ts";
import {
  elementCount,
  rowShape,
  tensorBytes,
  type TensorRow,
} from "../../../shared/model/tensor/row.ts";
import { packStrings, unpackStrings } from "../../../shared/model/tensor/strings.ts";
import type { RowTensor } from "../../../shared/model/tensor/write-tensor.ts";
import type { Tensors } from "./pipeline.ts";
import { tensorOfBytes, type PlainTensor } from "./plain-tensor.ts";

/** Rows into the model's inputs, each `[rows, ...shape of a row]`. */
export function stackRows(rows: readonly TensorRow[], inputs: readonly TensorSettings[]): Tensors {
  return Object.fromEntries(
    inputs.map((input, i) => {
      const slices = rows.map(({ tensors }) => tensors[i] ?? new Uint8Array());
      return [input.name, stack(slices, input)];
    }),
  );
}

function stack(slices: readonly Uint8Array[], input: TensorSettings): PlainTensor {
  const { dtype } = input;
  const dims = [slices.length, ...rowShape(input)];
  if (!isNumeric(dtype)) {
    const count = elementCount(input);
    const data = slices.flatMap((slice) => unpackStrings(Buffer.from(slice), count).strings);
    return { dtype: "string", dims, data };
  }
  const rowBytes = tensorBytes(input) ?? 0;
  const bytes = new Uint8Array(slices.length * rowBytes);
  for (const [i, slice] of slices.entries()) bytes.set(slice, i * rowBytes);
  return tensorOfBytes(dtype, dims, bytes.buffer);
}

/** Zeros and empty strings. */
export function blankRow(inputs: readonly TensorSettings[]): TensorRow {
  const tensors = inputs.map((input) => {
    const bytes = tensorBytes(input);
    if (bytes !== undefined) return new Uint8Array(bytes);
    return packStrings(Array.from({ length: elementCount(input) }, () => ""));
  });
  return { form: "nested", tensors };
}

/**
 * One row of an output, as a view.
 *
 * @param row position in the batch
 * @throws when the model has no such output: its manifest is wrong
 */
export function outputRow(outputs: Tensors, name: string, row: number): RowTensor {
  const tensor = outputs[name];
  if (tensor === undefined) throw new Error(`model has no output "${name}"`);
  const [rows = 1, ...dims] = tensor.dims;
  const { dtype, data } = tensor;
  const step = data.length / rows;
  if (dtype === "string") {
    return { dtype, dims, elements: data.slice(row * step, (row + 1) * step) };
  }
  const { buffer, byteOffset, BYTES_PER_ELEMENT: size } = data;
  const elements = new Uint8Array(buffer, byteOffset + row * step * size, step * size);
  return { dtype, dims, elements };
}
