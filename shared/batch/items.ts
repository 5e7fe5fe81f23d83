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
 * bad one), u32 bytes of its row or problem; then all custom ids; then parameters and row, or problem,
 * item after item. Little-endian. The ids stand together so that they can be read without the rows.
 */
const FORMAT = 1;
const HEAD_BYTES = 4;
const ITEM_BYTES = 8;
const NONE = 0xffff;
const BAD = 0xfffe;

/** Longest custom id and parameters, in bytes of UTF-8. */
export const CUSTOM_ID_BYTES_MAX = 512;
export const ITEM_PARAMETERS_BYTES_MAX = 4096;

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
  const ids: Buffer[] = [];
  const parts: Buffer[] = [];
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
    ids.push(customId);
    parts.push(options, body);
  }
  return Buffer.concat([head, ...ids, ...parts]);
}

/** The custom ids of packed items, as far as their beginning tells them. */
export type PackedIds =
  /** Of the items that are not bad; those have taken none. */
  | { readonly ids: readonly string[] }
  /** So many bytes from the beginning are needed. */
  | { readonly needed: number };

/** @param start the first bytes of packed items, 4 at least */
export function readIds(start: Buffer): PackedIds {
  const count = start.readUInt16LE(2);
  const heads = HEAD_BYTES + ITEM_BYTES * count;
  if (start.length < heads) return { needed: heads };
  const ids: string[] = [];
  let end = heads;
  for (let i = 0; i < count; i++) {
    const at = HEAD_BYTES + ITEM_BYTES * i;
    const bytes = start.readUInt16LE(at);
    if (bytes === NONE) continue;
    end += bytes;
    if (start.readUInt16LE(at + 2) !== BAD) ids.push(start.toString("utf8", end - bytes, end));
  }
  return start.length < end ? { needed: end } : { ids };
}

/**
 * @returns rows as views into `packed`, no copies
 * @throws {RangeError} when the lengths do not add up
 */
export function unpackItems(packed: Buffer): BatchItem[] {
  if (packed.readUInt8(0) !== FORMAT) throw new RangeError("items of an unknown format");
  const count = packed.readUInt16LE(2);
  let start = HEAD_BYTES + ITEM_BYTES * count;
  const take = (length: number): Buffer => {
    start += length;
    return packed.subarray(start - length, start);
  };
  const offsets = Array.from({ length: count }, (_, i) => HEAD_BYTES + ITEM_BYTES * i);
  const ids = offsets.map((at) => {
    const bytes = packed.readUInt16LE(at);
    return bytes === NONE ? undefined : take(bytes).toString();
  });
  const items = offsets.map((at, i): BatchItem => {
    const optionBytes = packed.readUInt16LE(at + 2);
    const parameters = optionBytes >= BAD ? undefined : take(optionBytes).toString();
    const body = take(packed.readUInt32LE(at + 4));
    const customId = ids[i];
    if (optionBytes === BAD) return { customId, problem: body.toString() };
    return { customId, parameters, row: body };
  });
  if (start !== packed.length) throw new RangeError("items of a wrong length");
  return items;
}
