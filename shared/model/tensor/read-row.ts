import { rowShape, unpackRow, type TensorForm } from "./row.ts";
import type { TensorSettings } from "./settings.ts";
import { unpackStrings } from "./strings.ts";
import type { RowTensor } from "./write-tensor.ts";

/** A row taken apart again: its tensors in the order of the inputs, and how its client wrote them. */
export interface ReadRow {
  readonly form: TensorForm;
  readonly tensors: readonly (RowTensor & { readonly name: string })[];
}

/** @throws {RangeError} when the bytes are not a row of these inputs */
export function readRow(row: Buffer, inputs: readonly TensorSettings[]): ReadRow {
  const { form, sizes, tensors } = unpackRow(row, inputs);
  const read = inputs.map((input, i) => {
    const { name, dtype } = input;
    const dims = rowShape(input, sizes);
    const bytes = tensors[i] ?? new Uint8Array();
    return { name, dtype, dims, elements: dtype === "string" ? stringsOf(bytes, dims) : bytes };
  });
  return { form, tensors: read };
}

function stringsOf(bytes: Uint8Array, dims: readonly number[]): readonly string[] {
  const count = dims.reduce((product, dim) => product * dim, 1);
  return unpackStrings(Buffer.from(bytes), count).strings;
}
