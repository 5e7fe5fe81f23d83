const LENGTH_BYTES = 4;

/** How many bytes the first text has (32 bits, little-endian), and both as UTF-8. */
export function packPair(first: string, second: string): Buffer {
  const head = Buffer.alloc(LENGTH_BYTES);
  head.writeUInt32LE(Buffer.byteLength(first));
  return Buffer.concat([head, Buffer.from(first), Buffer.from(second)]);
}

/** @throws {RangeError} when it is no such row */
export function pairOf(row: Buffer): readonly [first: string, second: string] {
  const end = LENGTH_BYTES + row.readUInt32LE(0);
  if (end > row.length) throw new RangeError(`a text of ${end} bytes in a row of ${row.length}`);
  return [row.toString("utf8", LENGTH_BYTES, end), row.toString("utf8", end)];
}
