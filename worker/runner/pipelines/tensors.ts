import type { Dtype, NumericDtype } from "../../../shared/model/tensor/element.ts";

/** float16 is its bit patterns. */
export const ARRAYS = {
  float16: Uint16Array,
  float32: Float32Array,
  float64: Float64Array,
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
  int64: BigInt64Array,
  uint8: Uint8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
  uint64: BigUint64Array,
  bool: Uint8Array,
} as const satisfies Record<NumericDtype, unknown>;

type Elements<D extends Dtype> = D extends NumericDtype
  ? InstanceType<(typeof ARRAYS)[D]>
  : readonly string[];

/** A tensor without the library that runs it. `data` is row-major. */
export type PlainTensor = {
  [D in Dtype]: {
    readonly dtype: D;
    readonly dims: readonly number[];
    readonly data: Elements<D>;
  };
}[Dtype];

export type NumericTensor = Extract<PlainTensor, { readonly dtype: NumericDtype }>;

/** By name. */
export type Tensors = Readonly<Record<string, PlainTensor>>;
