import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";

/** A field of a protobuf message. */
export interface Field<T> {
  /** More than one where several fields are one to us. */
  readonly numbers: readonly number[];
  /** What it is in a message that lacks it. */
  absent(): T;
  /** @param before what it is so far: lists grow */
  read(reader: BinaryReader, wireType: WireType, before: T): T;
}

/**
 * A decoder of messages with these fields. Others are skipped, and bytes are views: nothing is copied.
 *
 * @returns what throws when bytes are no such message
 */
export function message<T extends object>(fields: {
  readonly [Name in keyof T]: Field<T[Name]>;
}): (bytes: Uint8Array) => T {
  const all = Object.entries<Field<unknown>>(fields);
  const byNumber = new Map(
    all.flatMap((entry) => entry[1].numbers.map((number) => [number, entry])),
  );
  return (bytes) => {
    const values = new Map(all.map(([name, field]) => [name, field.absent()]));
    const reader = new BinaryReader(bytes);
    while (reader.pos < reader.len) {
      const [number, wireType] = reader.tag();
      const [name, field] = byNumber.get(number) ?? [];
      if (name === undefined) reader.skip(wireType, number);
      else values.set(name, field?.read(reader, wireType, values.get(name)));
    }
    return Object(Object.fromEntries(values));
  };
}

/** A field that may stand once; the last one counts. */
export function one<T>(number: number, read: (reader: BinaryReader) => T, absent: T): Field<T> {
  return { numbers: [number], absent: () => absent, read };
}

export function text(number: number): Field<string> {
  return one(number, (reader) => reader.string(), "");
}

export function whole(number: number): Field<number> {
  return one(number, (reader) => Number(reader.int64()), 0);
}

/** A message in a message. */
export function within<T>(number: number, decode: (bytes: Uint8Array) => T): Field<T | null> {
  return one<T | null>(number, (reader) => decode(reader.bytes()), null);
}

/** What may stand any number of times, by itself each. */
export function many<T>(
  read: (reader: BinaryReader) => T,
  ...numbers: readonly number[]
): Field<T[]> {
  return {
    numbers,
    absent: () => [],
    read: (reader, _, before) => {
      before.push(read(reader));
      return before;
    },
  };
}

/** Messages in a message. */
export function messages<T>(
  decode: (bytes: Uint8Array) => T,
  ...numbers: readonly number[]
): Field<T[]> {
  return many((reader) => decode(reader.bytes()), ...numbers);
}

/** Integers, by themselves or packed. */
export function integers(...numbers: readonly number[]): Field<bigint[]> {
  return {
    numbers,
    absent: () => [],
    read: (reader, wireType, before) => {
      const isPacked = wireType === WireType.LengthDelimited;
      const source = isPacked ? new BinaryReader(reader.bytes()) : reader;
      const end = isPacked ? source.len : source.pos + 1;
      while (source.pos < end) before.push(BigInt(source.int64()));
      return before;
    },
  };
}
