import { datatypes, elementKinds, isNumeric, type Dtype, type JsonElement } from "./element.ts";
import type { TensorForm } from "./row.ts";
import { packStrings } from "./strings.ts";

export type Nested = JsonElement | readonly Nested[];

/** One row of a tensor, its elements still as the model gave them. */
export interface RowTensor {
  readonly dtype: Dtype;
  /** Without the batch. */
  readonly dims: readonly number[];
  /** Bytes, little-endian; the strings themselves for strings. */
  readonly elements: Uint8Array | readonly string[];
}

/** The row as JSON, in the form the client used. */
export function writeTensor(tensor: RowTensor, form: TensorForm): unknown {
  const { dtype, dims } = tensor;
  if (form === "nested") return nest(readElements(tensor), dims);
  const head = { datatype: datatypes[dtype], shape: dims };
  if (form === "typed") return { ...head, data: readElements(tensor) };
  return { ...head, encoding: "base64", data: toBuffer(tensor.elements).toString("base64") };
}

/** The elements as JSON values, row-major. */
export function readElements({ dtype, elements }: RowTensor): readonly JsonElement[] {
  if (!(elements instanceof Uint8Array)) return elements;
  if (!isNumeric(dtype)) throw new Error("strings are not kept as bytes");
  const kind = elementKinds[dtype];
  const view = new DataView(elements.buffer, elements.byteOffset, elements.length);
  const count = elements.length / kind.bytes;
  return Array.from({ length: count }, (_, i) => kind.read(view, i * kind.bytes));
}

/** Row-major elements as nested lists; a shape without dimensions is the one element itself. */
export function nest(elements: readonly JsonElement[], dims: readonly number[]): Nested {
  const [length, ...inner] = dims;
  if (length === undefined) return elements[0] ?? [];
  if (inner.length === 0) return elements;
  const step = elements.length / length;
  return Array.from({ length }, (_, i) => nest(elements.slice(i * step, (i + 1) * step), inner));
}

function toBuffer(elements: Uint8Array | readonly string[]): Buffer {
  if (!(elements instanceof Uint8Array)) return packStrings(elements);
  return Buffer.from(elements.buffer, elements.byteOffset, elements.length);
}
