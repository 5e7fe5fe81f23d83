import type { GraphTensor } from "./graph.ts";
import { fieldsOf, int64sOf } from "./wire.ts";

/**
 * The values of a small tensor, such as the names of classes.
 *
 * @returns row-major; integers as bigint, strings as they are. Null for other dtypes (int32, int64
 *   and string are read) and for values outside the file
 */
export function tensorValues(tensor: GraphTensor): readonly (bigint | string)[] | null {
  if (tensor.external !== null) return null;
  if (tensor.dtype === "string") return strings(tensor);
  return tensor.dtype === "int64" || tensor.dtype === "int32" ? integers(tensor) : null;
}

function strings({ message }: GraphTensor): readonly string[] {
  const values: string[] = [];
  for (const { number, reader } of fieldsOf(message))
    if (number === 6) values.push(reader.string());
  return values;
}

function integers({ dtype, message }: GraphTensor): readonly bigint[] {
  const values: bigint[] = [];
  for (const field of fieldsOf(message)) {
    const { number, reader } = field;
    if (number === 5 || number === 7) values.push(...int64sOf(field));
    else if (number === 9) values.push(...rawIntegers(reader.bytes(), dtype === "int64" ? 8 : 4));
  }
  return values;
}

function rawIntegers(raw: Uint8Array, width: 4 | 8): readonly bigint[] {
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  return Array.from({ length: Math.floor(raw.length / width) }, (_, i) =>
    width === 8 ? view.getBigInt64(i * 8, true) : BigInt(view.getInt32(i * 4, true)),
  );
}
