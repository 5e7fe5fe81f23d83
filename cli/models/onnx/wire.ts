import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";

/** One field of a message: `read` its value once, or it is skipped. */
export interface Field {
  readonly number: number;
  readonly isPacked: boolean;
  readonly reader: BinaryReader;
}

/**
 * Goes through the fields of a protobuf message; those that are not read are skipped, without
 * copying.
 *
 * @throws {Error} when the bytes are no such message
 */
export function* fieldsOf(message: Uint8Array): Generator<Field> {
  const reader = new BinaryReader(message);
  while (reader.pos < reader.len) {
    const [number, wireType] = reader.tag();
    const start = reader.pos;
    yield { number, isPacked: wireType === WireType.LengthDelimited, reader };
    if (reader.pos === start) reader.skip(wireType, number);
  }
}

/** The integers of a repeated int64 field: one, or a packed list. */
export function int64sOf({ isPacked, reader }: Field): readonly bigint[] {
  if (!isPacked) return [BigInt(reader.int64())];
  const packed = new BinaryReader(reader.bytes());
  const values: bigint[] = [];
  while (packed.pos < packed.len) values.push(BigInt(packed.int64()));
  return values;
}
