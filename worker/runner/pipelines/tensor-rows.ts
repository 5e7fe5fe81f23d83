import { smallestSizes } from "../../../shared/model/tensor/dimensions.ts";
import { elementKinds, isNumeric, type Dtype } from "../../../shared/model/tensor/element.ts";
import {
  elementCount,
  rowShape,
  tensorBytes,
  type TensorRow,
} from "../../../shared/model/tensor/row.ts";
import type { ModelTensors, TensorSettings } from "../../../shared/model/tensor/settings.ts";
import { packStrings, unpackStrings } from "../../../shared/model/tensor/strings.ts";
import type { RowTensor } from "../../../shared/model/tensor/write-tensor.ts";
import type { Tensors } from "./pipeline.ts";
import { tensorOfBytes, type PlainTensor } from "./plain-tensor.ts";

/** What rows must have in common to be stacked: the sizes of their named dimensions. */
export function shapeKey({ sizes }: TensorRow): string {
  return [...sizes.values()].join();
}

/**
 * Rows into the model's inputs, each `[rows, ...shape of a row]`.
 *
 * @param rows at least one, all of the same `shapeKey`
 */
export function stackRows(rows: readonly TensorRow[], inputs: readonly TensorSettings[]): Tensors {
  const sizes = rows[0]?.sizes;
  return Object.fromEntries(
    inputs.map((input, i) => {
      const slices = rows.map(({ tensors }) => tensors[i] ?? new Uint8Array());
      return [input.name, stack(slices, input.dtype, rowShape(input, sizes))];
    }),
  );
}

/** @param shape of a row */
function stack(slices: readonly Uint8Array[], dtype: Dtype, shape: readonly number[]): PlainTensor {
  const dims = [slices.length, ...shape];
  const count = shape.reduce((product, dim) => product * dim, 1);
  if (!isNumeric(dtype)) {
    const data = slices.flatMap((slice) => unpackStrings(Buffer.from(slice), count).strings);
    return { dtype: "string", dims, data };
  }
  const rowBytes = count * elementKinds[dtype].bytes;
  const bytes = new Uint8Array(slices.length * rowBytes);
  for (const [i, slice] of slices.entries()) bytes.set(slice, i * rowBytes);
  return tensorOfBytes(dtype, dims, bytes.buffer);
}

/** Zeros and empty strings; named dimensions are as small as they may be. */
export function blankRow({ inputs, dimensions }: ModelTensors): TensorRow {
  const sizes = smallestSizes(inputs, dimensions);
  const tensors = inputs.map((input) => {
    const bytes = tensorBytes(input, sizes);
    if (bytes !== undefined) return new Uint8Array(bytes);
    return packStrings(Array.from({ length: elementCount(input, sizes) }, () => ""));
  });
  return { form: "nested", sizes, tensors };
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
