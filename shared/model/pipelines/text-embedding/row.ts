/** No UTF-8 text has this byte: what follows are ids of tokens, 32 bits each, little-endian. */
const TOKEN_IDS = 0xff;

const ID_BYTES = 4;

/** @param ids less than 2^31 */
export function tokenIdsRow(ids: readonly number[]): Buffer {
  const row = Buffer.alloc(1 + ID_BYTES * ids.length);
  row[0] = TOKEN_IDS;
  for (const [i, id] of ids.entries()) row.writeUInt32LE(id, 1 + ID_BYTES * i);
  return row;
}

/** @returns undefined for a row that is a text */
export function tokenIdsOf(row: Buffer): readonly number[] | undefined {
  if (row[0] !== TOKEN_IDS) return undefined;
  const count = Math.floor((row.length - 1) / ID_BYTES);
  return Array.from({ length: count }, (_, i) => row.readUInt32LE(1 + ID_BYTES * i));
}
