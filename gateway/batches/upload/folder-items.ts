import { buffer } from "node:stream/consumers";
import type { BatchItem } from "../../../shared/batch/items.ts";
import { fault, ScoringError } from "../../../shared/error.ts";
import { ROW_BYTES_MAX } from "../../../shared/model/pipelines/contract.ts";
import type { ItemSource } from "./batch-request.ts";
import { csvItems } from "./csv-items.ts";
import { fileItem, type ItemReader, lineItems } from "./item.ts";
import type { BatchFolder, FolderEntry } from "./folder.ts";

/**
 * The items of a source in the operator's folder, read one by one.
 *
 * @param folder undefined when the operator lends none
 * @param skip how many at its beginning the batch has already; their files are not read
 * @throws {ScoringError} naming what is at fault; without the items that are let pass
 */
export async function* folderItems(
  source: ItemSource,
  folder: BatchFolder | undefined,
  reader: ItemReader,
  skip: number,
): AsyncGenerator<readonly BatchItem[]> {
  if (folder === undefined) {
    throw fault("invalid_input", "/source", "is not accepted: this gateway has no BATCH_FOLDER");
  }
  try {
    yield* "file" in source
      ? itemsOfFile(source.file, folder, reader, skip)
      : itemsOfFolder(source, folder, reader, skip);
  } catch (error) {
    if (!(error instanceof ScoringError) || error.faults.length > 0) throw error;
    const { code, message, members, cause } = error;
    const faults = [{ detail: message, pointer: "/source" }];
    throw new ScoringError(code, message, { faults, members, cause });
  }
}

async function* itemsOfFile(
  path: string,
  folder: BatchFolder,
  reader: ItemReader,
  skip: number,
): AsyncGenerator<readonly BatchItem[]> {
  const read = READERS.find(({ ending }) => ending.test(path))?.read;
  if (read === undefined) {
    throw fault("invalid_input", "/source/file", "does not end in .csv, .ndjson or .jsonl");
  }
  const handle = await folder.open(path);
  try {
    yield* read(handle.createReadStream({ autoClose: false }), reader, skip);
  } finally {
    await handle.close();
  }
}

const READERS = [
  { ending: /\.csv$/i, read: csvItems },
  { ending: /\.(?:ndjson|jsonl)$/i, read: lineItems },
] as const;

async function* itemsOfFolder(
  { folder: path, pattern }: Extract<ItemSource, { folder: string }>,
  folder: BatchFolder,
  reader: ItemReader,
  skip: number,
): AsyncGenerator<readonly BatchItem[]> {
  if (reader.contract.media.length === 0) {
    const detail = "does not fit this model, which takes no files; give a CSV or NDJSON `file`";
    throw fault("invalid_input", "/source/folder", detail);
  }
  let left = skip;
  for await (const entry of folder.walk(path, pattern)) {
    if (left > 0) left -= 1;
    else yield [itemOf(entry, await bytesOf(entry, `${path}/${entry.path}`, folder), reader)];
  }
}

function itemOf({ path }: FolderEntry, read: Buffer | ScoringError, reader: ItemReader): BatchItem {
  const bytes = (): Buffer => {
    if (read instanceof ScoringError) throw read;
    return read;
  };
  return fileItem({ name: path, bytes }, reader);
}

/** @returns the file, or what keeps it from being read @throws what is wrong with the folder itself */
async function bytesOf(
  { fault: known }: FolderEntry,
  path: string,
  folder: BatchFolder,
): Promise<Buffer | ScoringError> {
  if (known !== undefined) return known;
  try {
    const handle = await folder.open(path);
    try {
      const read = await buffer(handle.createReadStream({ autoClose: false, end: ROW_BYTES_MAX }));
      if (read.length <= ROW_BYTES_MAX) return read;
      const message = `It is larger than ${ROW_BYTES_MAX} bytes.`;
      return new ScoringError("payload_too_large", message);
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (error instanceof ScoringError && error.code === "invalid_input") return error;
    throw error;
  }
}
