import type { TensorSettings } from "./settings.ts";
import { dimensionNames, rowDimensions, type Sizes } from "./dimensions.ts";
import { elementKinds, isNumeric } from "./element.ts";
import { unpackStrings } from "./strings.ts";

/** How a client wrote its tensors, which is how it is answered; the later ones say more. */
export const tensorForms = ["nested", "typed", "base64"] as const;
export type TensorForm = (typeof tensorForms)[number];

const SIZE_BYTES = 4;
const NO_SIZES: Sizes = new Map();

/**
 * A row of tensors: u8 form, the sizes of named dimensions (u32 each, as `dimensionNames` has them),
 * then the elements of each of the model's inputs, in the manifest's order. All is little-endian;
 * numbers are as many as the shape says, strings as in `strings.ts`.
 */
export interface TensorRow {
  readonly form: TensorForm;
  /** Every named dimension of the inputs. */
  readonly sizes: Sizes;
  /** One per input of the model. */
  readonly tensors: readonly Uint8Array[];
}

/** @throws {RangeError} for a named dimension without a size */
export function packRow(row: TensorRow, inputs: readonly TensorSettings[]): Buffer {
  const { form, sizes, tensors } = row;
  const names = dimensionNames(inputs);
  const head = Buffer.alloc(1 + SIZE_BYTES * names.length);
  head.writeUInt8(tensorForms.indexOf(form));
  for (const [i, name] of names.entries()) {
    head.writeUInt32LE(sizeOf(name, sizes), 1 + SIZE_BYTES * i);
  }
  return Buffer.concat([head, ...tensors]);
}

/** @throws {RangeError} when the bytes are not a row of these inputs */
export function unpackRow(row: Buffer, inputs: readonly TensorSettings[]): TensorRow {
  const form = tensorForms[row.readUInt8(0)];
  const names = dimensionNames(inputs);
  const sizes: Sizes = new Map(
    names.map((name, i) => [name, row.readUInt32LE(1 + SIZE_BYTES * i)]),
  );
  let rest = row.subarray(1 + SIZE_BYTES * names.length);
  const tensors = inputs.map((input) => {
    const length = tensorBytes(input, sizes) ?? unpackStrings(rest, elementCount(input, sizes)).end;
    const tensor = rest.subarray(0, length);
    rest = rest.subarray(length);
    return tensor;
  });
  if (form === undefined || rest.length > 0) throw new RangeError("not a row of this model");
  return { form, sizes, tensors };
}

/**
 * Dimensions of one row: those of the tensor, without the batch.
 *
 * @throws {RangeError} for a named dimension without a size
 */
export function rowShape(tensor: TensorSettings, sizes = NO_SIZES): readonly number[] {
  return rowDimensions(tensor).map((dim) => (typeof dim === "number" ? dim : sizeOf(dim, sizes)));
}

/** Elements of one row; 1 where the shape is the batch alone. @throws {RangeError} as `rowShape` */
export function elementCount(tensor: TensorSettings, sizes = NO_SIZES): number {
  return rowShape(tensor, sizes).reduce((product, dim) => product * dim, 1);
}

/**
 * Bytes of one row; undefined for strings, which have no fixed length.
 *
 * @throws {RangeError} as `rowShape`
 */
export function tensorBytes(tensor: TensorSettings, sizes = NO_SIZES): number | undefined {
  return isNumeric(tensor.dtype)
    ? elementCount(tensor, sizes) * elementKinds[tensor.dtype].bytes
    : undefined;
}

function sizeOf(name: string, sizes: Sizes): number {
  const size = sizes.get(name);
  if (size === undefined) throw new RangeError(`no size for the dimension "${name}"`);
  return size;
}
