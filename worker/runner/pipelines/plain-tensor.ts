import { Tensor } from "onnxruntime-node";
import {
  dtypes,
  isNumeric,
  type Dtype,
  type NumericDtype,
} from "../../../shared/model/tensor/element.ts";
import { ARRAYS, type NumericTensor, type PlainTensor } from "./tensors.ts";

export type { PlainTensor };

/** Whether `data` is what a tensor of this type holds. */
export function isElements(dtype: Dtype, data: unknown): data is PlainTensor["data"] {
  if (dtype !== "string") return data instanceof ARRAYS[dtype];
  return Array.isArray(data) && data.every((element) => typeof element === "string");
}

/**
 * A tensor over bytes that are all its own: little-endian, as every platform is that the runtime
 * is built for.
 */
export function tensorOfBytes(
  dtype: NumericDtype,
  dims: readonly number[],
  bytes: ArrayBufferLike,
): NumericTensor {
  const make: new (bytes: ArrayBufferLike) => unknown = ARRAYS[dtype];
  // The table pairs every dtype with its array.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return { dtype, dims, data: new make(bytes) } as NumericTensor;
}

export function toOrt(tensor: PlainTensor): Tensor {
  const { dtype, dims, data } = tensor;
  if (dtype === "string") return new Tensor("string", [...data], dims);
  if (dtype !== "float16") return new Tensor(dtype, data, dims);
  // A Tensor turns these bits into a Float16Array where Node knows such, which the native side of
  // onnxruntime-node 1.30 refuses ("not enough space"); it takes anything with these members.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return { type: dtype, dims, data, location: "cpu" } as unknown as Tensor;
}

/** @throws for an element type that no pipeline reads, such as int4 */
export function fromOrt(name: string, { type, dims, data }: Tensor): PlainTensor {
  if (Array.isArray(data)) return { dtype: "string", dims, data };
  const dtype = dtypes.find((known) => known === type);
  if (dtype === undefined || !isNumeric(dtype)) {
    throw new Error(`output "${name}" is ${type}, which no pipeline reads`);
  }
  const { buffer, byteOffset, byteLength } = data;
  const isWhole = byteLength === buffer.byteLength;
  const bytes = isWhole ? buffer : buffer.slice(byteOffset, byteOffset + byteLength);
  return tensorOfBytes(dtype, dims, bytes);
}
