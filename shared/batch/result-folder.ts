import { mkdir, open, rm, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { ScoringError } from "../error.ts";
import { type Logger, reasonOf } from "../log.ts";
import { lineHead, splitLines } from "./lines.ts";

/** Ids that our gateways make, and nothing that leads elsewhere. */
const BATCH = /^bat_[0-9a-z]{26}$/;
const FILE = /^[0-9a-f]{12}$/;
const PLACE = /^([0-9a-f]{12}):(\d{1,15}):(\d{1,10})$/;

/**
 * Results of large batches, outside of Redis: a folder that gateways and couriers share. In it a
 * folder for each batch, and in that a file for each courier, which only that one writes and only
 * at its end: `<batch>/<courier>.ndjson`. What stands where is said by the records of chunks, as
 * `<courier>:<offset>:<length>` in bytes. What a courier wrote before it died and did not note there
 * is never read.
 */
export class ResultFolder {
  readonly #top: string | undefined;
  readonly #logger: Logger;

  /** @param top absolute path; undefined when the operator has set none */
  constructor(top: string | undefined, logger: Logger) {
    this.#top = top;
    this.#logger = logger;
  }

  /**
   * The lines of a chunk.
   *
   * @param place as `append` gave it
   * @param firstIndex of its first item, which its first line must name
   * @throws {ScoringError} `service_unavailable` unless they are there, whole; the log says why
   */
  async read(batch: string, place: string, firstIndex: number): Promise<readonly string[]> {
    try {
      const [, file = "", offset, length] = PLACE.exec(place) ?? [];
      await using handle = await open(this.#fileOf(batch, file), "r");
      const bytes = await readAt(handle, Number(offset), Number(length));
      const lines = splitLines(bytes.toString());
      if (lineHead(lines[0] ?? "").index !== firstIndex) throw new Error("holds other results");
      return lines;
    } catch (cause) {
      const reason = reasonOf(cause);
      const facts = { batch, place, reason };
      this.#logger.error(facts, "results cannot be read from BATCH_SINK_FOLDER");
      const message = "These results cannot be read at the moment; they are kept in a folder.";
      throw new ScoringError("service_unavailable", message, { cause });
    }
  }

  /**
   * Writes lines behind what this courier wrote of the batch, and waits until the disk has them.
   *
   * @param courier 12 hex digits
   * @param texts of several chunks
   * @returns their places
   * @throws when they cannot be written; the top is never made, for it is a mount
   */
  async append(
    batch: string,
    courier: string,
    texts: readonly Buffer[],
  ): Promise<readonly string[]> {
    const path = this.#fileOf(batch, courier);
    const folder = this.#folderOf(batch);
    await mkdir(folder).catch(unless("EEXIST"));
    await using handle = await open(path, "a");
    const { size } = await handle.stat();
    try {
      await handle.appendFile(Buffer.concat(texts));
      await handle.sync();
      // A file is found again after a power cut when its folders are on the disk too.
      if (size === 0) for (const above of [folder, join(folder, "..")]) await syncFolder(above);
    } catch (error) {
      await handle.truncate(size).catch(() => {});
      throw error;
    }
    let offset = size;
    return texts.map(({ length }) => {
      const place = `${courier}:${offset}:${length}`;
      offset += length;
      return place;
    });
  }

  /** Removes all of a batch. @returns false when there was nothing */
  async remove(batch: string): Promise<boolean> {
    try {
      await rm(this.#folderOf(batch), { recursive: true });
      return true;
    } catch (error) {
      unless("ENOENT")(error);
      return false;
    }
  }

  #folderOf(batch: string): string {
    if (this.#top === undefined) throw new Error("BATCH_SINK_FOLDER is not set");
    if (!BATCH.test(batch)) throw new Error(`not the id of a batch: ${batch}`);
    return join(this.#top, batch);
  }

  #fileOf(batch: string, courier: string): string {
    if (!FILE.test(courier)) throw new Error(`not the id of a courier: ${courier}`);
    return join(this.#folderOf(batch), `${courier}.ndjson`);
  }
}

async function readAt(handle: FileHandle, offset: number, length: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(length);
  let done = 0;
  while (done < length) {
    const { bytesRead } = await handle.read(bytes, done, length - done, offset + done);
    if (bytesRead === 0) throw new Error("the file ends too early");
    done += bytesRead;
  }
  return bytes;
}

async function syncFolder(path: string): Promise<void> {
  await using handle = await open(path, "r");
  await handle.sync();
}

/** Passes over one error of the file system. */
function unless(code: string): (error: unknown) => void {
  return (error) => {
    if (!(error instanceof Error && "code" in error && error.code === code)) throw error;
  };
}
