import type { GraphTensor } from "./graph.ts";
import { integers, many, message, one } from "./wire.ts";

/**
 * The values of a small tensor, such as the names of classes.
 *
 * @returns row-major; integers as bigint, strings as they are. Null for other dtypes (int32, int64
 *   and string are read) and for values outside the file
 */
export function tensorValues(tensor: GraphTensor): readonly (bigint | string)[] | null {
  const { external, dtype } = tensor;
  if (external !== null) return null;
  if (dtype !== "string" && dtype !== "int64" && dtype !== "int32") return null;
  const { strings, ints, raw } = tensorFields(tensor.message);
  return dtype === "string" ? strings : [...ints, ...rawIntegers(raw, dtype === "int64" ? 8 : 4)];
}

const tensorFields = message({
  ints: integers(5, 7),
  strings: many((reader) => reader.string(), 6),
  raw: one(9, (reader) => reader.bytes(), new Uint8Array()),
});

function rawIntegers(raw: Uint8Array, width: 4 | 8): readonly bigint[] {
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  return Array.from({ length: Math.floor(raw.length / width) }, (_, i) =>
    width === 8 ? view.getBigInt64(i * 8, true) : BigInt(view.getInt32(i * 4, true)),
  );
}
