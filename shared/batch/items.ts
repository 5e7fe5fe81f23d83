/** One entry of a batch as it was sent: a row to score. */
export interface RowItem {
  readonly customId: string | undefined;
  /** JSON text of an object that stands for the batch's parameters; undefined for those. */
  readonly parameters: string | undefined;
  /** What the model's pipeline reads. */
  readonly row: Buffer;
  /** JSON text of what the output should say, where the client knows it. */
  readonly expected?: string;
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
 * The items of a chunk travel packed, in one of three formats; little-endian. The ids stand together so
 * that they can be read without the rows.
 *
 * Any items: u8 format (1), u8 zero, u16 number of items; per item u16 bytes of its custom id (65,535 for
 * none), u16 bytes of its parameters (65,535 for none; 65,534 marks a bad one), u32 bytes of its row or
 * problem; then all custom ids; then parameters and row, or problem, item after item.
 *
 * Labelled ones, some of which say what is expected: the same as format (3), but that each item has u16 bytes
 * of that (65,535 for none) behind its other numbers, and that it stands between parameters and row.
 *
 * Even ones, whose rows are all of one length, without parameters or labels, none of them bad: u8 format (2), u8
 * zero, u16 number of items, u32 bytes of a row; per item u16 bytes of its custom id (65,535 for none);
 * then all custom ids; then the rows.
 */
const ANY = 1 as const;
const EVEN = 2 as const;
const LABELLED = 3 as const;
const FORMATS = [ANY, EVEN, LABELLED];
const HEAD_BYTES = { [ANY]: 4, [EVEN]: 8, [LABELLED]: 4 } as const;
const ITEM_BYTES = { [ANY]: 8, [EVEN]: 2, [LABELLED]: 10 } as const;
const NONE = 0xffff;
const BAD = 0xfffe;

/** Longest custom id, parameters and what is expected, in bytes of UTF-8. */
export const CUSTOM_ID_BYTES_MAX = 512;
export const ITEM_PARAMETERS_BYTES_MAX = 4096;
export const EXPECTED_BYTES_MAX = 4096;

/** What an item adds to its chunk at most, in bytes; beside labelled ones, two more. */
export function packedBytes(item: BatchItem): number {
  const text = (value: string | undefined): number => Buffer.byteLength(value ?? "");
  const expected = expectedOf(item);
  const body = isBad(item) ? text(item.problem) : item.row.length + text(item.parameters);
  const head = ITEM_BYTES[expected === undefined ? ANY : LABELLED];
  return head + text(item.customId) + body + text(expected);
}

export function packItems(items: readonly BatchItem[]): Buffer {
  return areEven(items) ? packEven(items) : packAny(items);
}

function areEven(items: readonly BatchItem[]): items is readonly RowItem[] {
  const [first] = items;
  if (first === undefined || isBad(first)) return false;
  const { length } = first.row;
  return items.every(
    (item) =>
      !isBad(item) &&
      item.parameters === undefined &&
      item.expected === undefined &&
      item.row.length === length,
  );
}

function packEven(items: readonly RowItem[]): Buffer {
  const rowBytes = items[0]?.row.length ?? 0;
  const heads = HEAD_BYTES[EVEN] + ITEM_BYTES[EVEN] * items.length;
  const idBytes = items.reduce((sum, { customId }) => sum + Buffer.byteLength(customId ?? ""), 0);
  const packed = Buffer.alloc(heads + idBytes + rowBytes * items.length);
  packed.writeUInt8(EVEN, 0);
  packed.writeUInt16LE(items.length, 2);
  packed.writeUInt32LE(rowBytes, 4);
  let id = heads;
  for (let i = 0; i < items.length; i += 1) {
    const { customId, row } = items[i] ?? { customId: undefined, row: Buffer.alloc(0) };
    const written = customId === undefined ? NONE : packed.write(customId, id);
    packed.writeUInt16LE(written, HEAD_BYTES[EVEN] + ITEM_BYTES[EVEN] * i);
    if (written !== NONE) id += written;
    packed.set(row, heads + idBytes + rowBytes * i);
  }
  return packed;
}

function packAny(items: readonly BatchItem[]): Buffer {
  const format = items.some((item) => expectedOf(item) !== undefined) ? LABELLED : ANY;
  const head = Buffer.alloc(HEAD_BYTES[format] + ITEM_BYTES[format] * items.length);
  head.writeUInt8(format, 0);
  head.writeUInt16LE(items.length, 2);
  const ids: Buffer[] = [];
  const parts: Buffer[] = [];
  for (const [i, item] of items.entries()) {
    const at = HEAD_BYTES[format] + ITEM_BYTES[format] * i;
    const parameters = isBad(item) ? undefined : item.parameters;
    const expected = expectedOf(item);
    const body = isBad(item) ? Buffer.from(item.problem) : item.row;
    const id = Buffer.from(item.customId ?? "");
    head.writeUInt16LE(lengthOf(item.customId), at);
    head.writeUInt16LE(isBad(item) ? BAD : lengthOf(parameters), at + 2);
    head.writeUInt32LE(body.length, at + 4);
    if (format === LABELLED) head.writeUInt16LE(lengthOf(expected), at + 8);
    ids.push(id);
    parts.push(Buffer.from(parameters ?? ""), Buffer.from(expected ?? ""), body);
  }
  return Buffer.concat([head, ...ids, ...parts]);
}

function expectedOf(item: BatchItem): string | undefined {
  return isBad(item) ? undefined : item.expected;
}

function lengthOf(text: string | undefined): number {
  return text === undefined ? NONE : Buffer.byteLength(text);
}

/** The custom ids of packed items, as far as their beginning tells them. */
export type PackedIds =
  /** Of the items that are not bad; those have taken none. */
  | { readonly ids: readonly string[] }
  /** So many bytes from the beginning are needed. */
  | { readonly needed: number };

/** @param start the first bytes of packed items, 8 at least */
export function readIds(start: Buffer): PackedIds {
  const { format, count, heads } = readHead(start);
  if (start.length < heads) return { needed: heads };
  const ids: string[] = [];
  let end = heads;
  for (let i = 0; i < count; i++) {
    const at = HEAD_BYTES[format] + ITEM_BYTES[format] * i;
    const bytes = start.readUInt16LE(at);
    if (bytes === NONE) continue;
    end += bytes;
    const isGood = format === EVEN || start.readUInt16LE(at + 2) !== BAD;
    if (isGood) ids.push(start.toString("utf8", end - bytes, end));
  }
  return start.length < end ? { needed: end } : { ids };
}

/** @throws {RangeError} for an unknown format */
function readHead(packed: Buffer) {
  const given = packed.readUInt8(0);
  const format = FORMATS.find((it) => it === given);
  if (format === undefined) throw new RangeError("items of an unknown format");
  const count = packed.readUInt16LE(2);
  return { format, count, heads: HEAD_BYTES[format] + ITEM_BYTES[format] * count };
}

/** Items whose rows stand side by side. */
export interface EvenItems {
  readonly customIds: readonly (string | undefined)[];
  /** One row after the other: a view into what was packed, no copy. */
  readonly rows: Buffer;
  readonly rowBytes: number;
}

/**
 * @returns undefined when the items are of the other format
 * @throws {RangeError} when the lengths do not add up
 */
export function unpackEven(packed: Buffer): EvenItems | undefined {
  const { format, count, heads } = readHead(packed);
  if (format !== EVEN) return undefined;
  const rowBytes = packed.readUInt32LE(4);
  let end = heads;
  const customIds = Array.from({ length: count }, (_, i) => {
    const bytes = packed.readUInt16LE(HEAD_BYTES[EVEN] + ITEM_BYTES[EVEN] * i);
    if (bytes === NONE) return undefined;
    end += bytes;
    return packed.toString("utf8", end - bytes, end);
  });
  const rows = packed.subarray(end);
  if (rows.length !== count * rowBytes) throw new RangeError("items of a wrong length");
  return { customIds, rows, rowBytes };
}

/** Even items, each by itself: rows as views, no copies. */
export function listItems({ customIds, rows, rowBytes }: EvenItems): RowItem[] {
  return customIds.map((customId, i) => {
    const row = rows.subarray(i * rowBytes, (i + 1) * rowBytes);
    return { customId, parameters: undefined, row };
  });
}

/**
 * @returns rows as views into `packed`, no copies
 * @throws {RangeError} when the lengths do not add up
 */
export function unpackItems(packed: Buffer): BatchItem[] {
  const even = unpackEven(packed);
  if (even !== undefined) return listItems(even);
  const { format, count, heads } = readHead(packed);
  let start = heads;
  const take = (length: number): Buffer => {
    start += length;
    return packed.subarray(start - length, start);
  };
  const textOf = (bytes: number): string | undefined =>
    bytes >= BAD ? undefined : take(bytes).toString();
  const offsets = Array.from(
    { length: count },
    (_, i) => HEAD_BYTES[format] + ITEM_BYTES[format] * i,
  );
  const ids = offsets.map((at) => textOf(packed.readUInt16LE(at)));
  const items = offsets.map((at, i): BatchItem => {
    const optionBytes = packed.readUInt16LE(at + 2);
    const parameters = textOf(optionBytes);
    const expected = format === LABELLED ? textOf(packed.readUInt16LE(at + 8)) : undefined;
    const body = take(packed.readUInt32LE(at + 4));
    const customId = ids[i];
    if (optionBytes === BAD) return { customId, problem: body.toString() };
    const item = { customId, parameters, row: body };
    return expected === undefined ? item : { ...item, expected };
  });
  if (start !== packed.length) throw new RangeError("items of a wrong length");
  return items;
}
