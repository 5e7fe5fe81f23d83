import type { TensorSettings } from "../manifest.ts";
import { elementKinds, isNumeric } from "./element.ts";
import { unpackStrings } from "./strings.ts";

/** How a client wrote its tensors, which is how it is answered; the later ones say more. */
export const tensorForms = ["nested", "typed", "base64"] as const;
export type TensorForm = (typeof tensorForms)[number];

/**
 * A row of tensors: u8 form, then the elements of each of the model's inputs, in the manifest's
 * order. Numbers are little-endian and as many as the shape says, strings as in `strings.ts`.
 */
export interface TensorRow {
  readonly form: TensorForm;
  /** One per input of the model. */
  readonly tensors: readonly Uint8Array[];
}

export function packRow({ form, tensors }: TensorRow): Buffer {
  return Buffer.concat([Uint8Array.of(tensorForms.indexOf(form)), ...tensors]);
}

/** @throws {RangeError} when the bytes are not a row of these inputs */
export function unpackRow(row: Buffer, inputs: readonly TensorSettings[]): TensorRow {
  const form = tensorForms[row.readUInt8(0)];
  let rest = row.subarray(1);
  const tensors = inputs.map((input) => {
    const length = tensorBytes(input) ?? unpackStrings(rest, elementCount(input)).end;
    const tensor = rest.subarray(0, length);
    rest = rest.subarray(length);
    return tensor;
  });
  if (form === undefined || rest.length > 0) throw new RangeError("not a row of this model");
  return { form, tensors };
}

/** Dimensions of one row: those of the tensor, without the batch. */
export function rowShape({ shape }: TensorSettings): readonly number[] {
  const [, ...dims] = shape;
  return dims;
}

/** Elements of one row; 1 where the shape is the batch alone. */
export function elementCount(tensor: TensorSettings): number {
  return rowShape(tensor).reduce((product, dim) => product * dim, 1);
}

/** Bytes of one row; undefined for strings, which have no fixed length. */
export function tensorBytes(tensor: TensorSettings): number | undefined {
  return isNumeric(tensor.dtype)
    ? elementCount(tensor) * elementKinds[tensor.dtype].bytes
    : undefined;
}
