/** One entry of a batch as it was sent: a row to score. */
export interface RowItem {
  readonly customId: string | undefined;
  /** JSON text of an object that stands for the batch's parameters; undefined for those. */
  readonly parameters: string | undefined;
  /** What the model's pipeline reads. */
  readonly row: Buffer;
}

/** One that could not be read, and was let pass: it fails without a run. */
export interface BadItem {
  readonly customId: string | undefined;
  /** JSON text of a problem document. */
  readonly problem: string;
}

export type BatchItem = RowItem | BadItem;

export function isBad(item: BatchItem): item is BadItem {
  return "problem" in item;
}

/**
 * The items of a chunk travel packed: u8 format (1), u8 zero, u16 number of items; per item u16 bytes
 * of its custom id (65,535 for none), u16 bytes of its parameters (65,535 for none; 65,534 marks a
 * bad one), u32 bytes of its row or problem; then the bytes, item after item. Little-endian.
 */
const FORMAT = 1;
const HEAD_BYTES = 4;
const ITEM_BYTES = 8;
const NONE = 0xffff;
const BAD = 0xfffe;

/** Longest custom id and parameters, in bytes of UTF-8. */
export const CUSTOM_ID_BYTES_MAX = 512;
export const ITEM_PARAMETERS_BYTES_MAX = 4096;

/** Items that one chunk may hold at most, by the packing. */
export const CHUNK_ITEMS_MAX = 0xffff;

/** What an item adds to its chunk, in bytes. */
export function packedBytes(item: BatchItem): number {
  const text = (value: string | undefined): number => Buffer.byteLength(value ?? "");
  const body = isBad(item) ? text(item.problem) : item.row.length + text(item.parameters);
  return ITEM_BYTES + text(item.customId) + body;
}

export function packItems(items: readonly BatchItem[]): Buffer {
  const head = Buffer.alloc(HEAD_BYTES + ITEM_BYTES * items.length);
  head.writeUInt8(FORMAT, 0);
  head.writeUInt16LE(items.length, 2);
  const parts: Buffer[] = [head];
  for (const [i, item] of items.entries()) {
    const at = HEAD_BYTES + ITEM_BYTES * i;
    const customId = Buffer.from(item.customId ?? "");
    const parameters = isBad(item) ? undefined : item.parameters;
    const options = Buffer.from(parameters ?? "");
    const body = isBad(item) ? Buffer.from(item.problem) : item.row;
    head.writeUInt16LE(item.customId === undefined ? NONE : customId.length, at);
    head.writeUInt16LE(
      isBad(item) ? BAD : parameters === undefined ? NONE : options.length,
      at + 2,
    );
    head.writeUInt32LE(body.length, at + 4);
    parts.push(customId, options, body);
  }
  return Buffer.concat(parts);
}

/**
 * @returns rows as views into `packed`, no copies
 * @throws {RangeError} when the lengths do not add up
 */
export function unpackItems(packed: Buffer): BatchItem[] {
  if (packed.readUInt8(0) !== FORMAT) throw new RangeError("items of an unknown format");
  const count = packed.readUInt16LE(2);
  const items: BatchItem[] = [];
  let start = HEAD_BYTES + ITEM_BYTES * count;
  const take = (length: number): Buffer => {
    start += length;
    return packed.subarray(start - length, start);
  };
  for (let i = 0; i < count; i++) {
    const at = HEAD_BYTES + ITEM_BYTES * i;
    const [idBytes, optionBytes] = [packed.readUInt16LE(at), packed.readUInt16LE(at + 2)];
    const customId = idBytes === NONE ? undefined : take(idBytes).toString();
    const options = optionBytes >= BAD ? undefined : take(optionBytes).toString();
    const body = take(packed.readUInt32LE(at + 4));
    if (optionBytes === BAD) items.push({ customId, problem: body.toString() });
    else items.push({ customId, parameters: options, row: body });
  }
  if (start !== packed.length) throw new RangeError("items of a wrong length");
  return items;
}
