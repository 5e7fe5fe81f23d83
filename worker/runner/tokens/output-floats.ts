import type { Tensors } from "../pipelines/pipeline.ts";

/** One row of a graph's float output. */
export interface RowFloats {
  /** Row-major. */
  readonly data: Float32Array;
  /** Without the batch. */
  readonly dims: readonly number[];
}

/**
 * @param row position in the batch
 * @throws when the model has no such output: its manifest is wrong
 */
export function outputFloats(outputs: Tensors, name: string, row: number): RowFloats {
  const tensor = outputs[name];
  if (tensor?.dtype !== "float32" && tensor?.dtype !== "float16") {
    throw new Error(`model has no float output "${name}"`);
  }
  const [rows = 1, ...dims] = tensor.dims;
  const step = tensor.data.length / rows;
  const data = tensor.data.subarray(row * step, (row + 1) * step);
  return { data: data instanceof Float32Array ? data : fromHalves(data), dims };
}

/** @param bits of float16 numbers */
function fromHalves(bits: Uint16Array): Float32Array {
  const view = new DataView(bits.buffer, bits.byteOffset, bits.byteLength);
  return Float32Array.from(bits, (_, i) => view.getFloat16(2 * i, true));
}
