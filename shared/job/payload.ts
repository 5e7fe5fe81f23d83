/** Payloads that are kept together, in a pack or a chunk, have at most so many bytes, but for one alone. */
export const PACK_BYTES_MAX = 256 * 1024;

/**
 * A payload is the rows of a job, each as the bytes its pipeline reads (an image file, UTF-8 text,
 * JSON), packed as: u8 format (1), u8 zero, u16 number of rows, u32 length of each row, the rows.
 * Little-endian. Rows are never parsed on the way.
 */
const FORMAT = 1;
const HEAD_BYTES = 4;

/** Memory that begins with room for the head of a payload of one row. */
const roomy = new WeakSet<ArrayBufferLike>();

/** Room for a row, which `packRows` makes a payload of where it lies: a photo is not copied. */
export function rowBuffer(bytes: number): Buffer {
  const headBytes = HEAD_BYTES + 4;
  const whole = Buffer.allocUnsafeSlow(headBytes + bytes);
  roomy.add(whole.buffer);
  return whole.subarray(headBytes);
}

/** A row made by `rowBuffer` becomes a part of the payload, and must not be changed afterwards. */
export function packRows(rows: readonly Buffer[]): Buffer {
  const headBytes = HEAD_BYTES + 4 * rows.length;
  const bytes = rows.reduce((sum, row) => sum + row.length, headBytes);
  const inPlace = payloadAround(rows, bytes);
  const payload = inPlace ?? Buffer.allocUnsafe(bytes);
  payload[0] = FORMAT;
  payload[1] = 0;
  payload.writeUInt16LE(rows.length, 2);
  let start = headBytes;
  for (const [i, row] of rows.entries()) {
    payload.writeUInt32LE(row.length, HEAD_BYTES + 4 * i);
    if (inPlace === undefined) payload.set(row, start);
    start += row.length;
  }
  return payload;
}

/** The memory of a row that has room for the head, and is all that is in it. */
function payloadAround(rows: readonly Buffer[], bytes: number): Buffer | undefined {
  const [row] = rows;
  if (row === undefined || rows.length > 1 || !roomy.has(row.buffer)) return undefined;
  return row.buffer.byteLength === bytes ? Buffer.from(row.buffer) : undefined;
}

/**
 * @returns views into `payload`, no copies
 * @throws {RangeError} when the lengths do not add up
 */
export function unpackRows(payload: Buffer): Buffer[] {
  if (payload.readUInt8(0) !== FORMAT) throw new RangeError("payload of an unknown format");
  const count = payload.readUInt16LE(2);
  const rows: Buffer[] = [];
  let start = HEAD_BYTES + 4 * count;
  for (let i = 0; i < count; i++) {
    const end = start + payload.readUInt32LE(HEAD_BYTES + 4 * i);
    rows.push(payload.subarray(start, end));
    start = end;
  }
  if (start !== payload.length) throw new RangeError("payload of a wrong length");
  return rows;
}
