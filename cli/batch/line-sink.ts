import { open, type FileHandle } from "node:fs/promises";
import type { Writable } from "node:stream";
import { finished } from "node:stream/promises";
import { CommandError } from "../terminal/command.ts";
import { messageOf } from "../../shared/message-of.ts";

const NEWLINE = Buffer.from("\n");
const [OPEN, COMMA] = [Buffer.from("["), Buffer.from(",")];

/** `list`: one JSON array instead of lines. */
export type SinkForm = "lines" | "list";

interface OpenFile {
  readonly path: string;
  readonly handle: FileHandle;
}

/** Where lines go, no faster than they are taken. */
export class LineSink {
  readonly #stream: Writable;
  readonly #form: SinkForm;
  /** Undefined for a stream that stays open. */
  readonly #file: OpenFile | undefined;
  #gathered: Uint8Array[] = [];
  #count = 0;
  #isLeft = false;
  #fault: CommandError | undefined;

  private constructor(stream: Writable, form: SinkForm, file?: OpenFile) {
    this.#stream = stream;
    this.#form = form;
    this.#file = file;
    stream.on("error", (error) => this.#end(error));
  }

  /** A file, as it is until `begin`. @throws {CommandError} when it cannot be written */
  static async toFile(path: string, form: SinkForm = "lines"): Promise<LineSink> {
    try {
      const handle = await open(path, "a");
      return new LineSink(handle.createWriteStream(), form, { path, handle });
    } catch (cause) {
      throw failure(path, cause);
    }
  }

  /** A stream that stays open. */
  static to(stream: Writable, form: SinkForm): LineSink {
    return new LineSink(stream, form);
  }

  /** Nobody reads any more: `| head` has seen enough. @throws {CommandError} after a failure */
  get isLeft(): boolean {
    if (this.#fault !== undefined) throw this.#fault;
    return this.#isLeft;
  }

  /** Empties a file. @throws {CommandError} when that cannot be */
  async begin(): Promise<void> {
    const { path = "", handle } = this.#file ?? {};
    try {
      // A pipe or a device has nothing to be emptied.
      if ((await handle?.stat())?.isFile() === true) await handle?.truncate();
    } catch (cause) {
      throw failure(path, cause);
    }
  }

  /** Gathers a line for the next flush. @param line without its end */
  add(line: Uint8Array): void {
    if (this.#form === "list") this.#gathered.push(this.#count > 0 ? COMMA : OPEN);
    this.#gathered.push(line, NEWLINE);
    this.#count += 1;
  }

  /** Hands on what was gathered. @throws {CommandError} when it cannot be written */
  async flush(): Promise<void> {
    const bytes = Buffer.concat(this.#gathered);
    this.#gathered = [];
    if (this.isLeft || bytes.length === 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#stream.write(bytes, (error) => {
      if (error) this.#end(error);
      resolve();
    });
    await promise;
    if (this.#fault !== undefined) throw this.#fault;
  }

  /** Ends the list, and closes a file. @throws {CommandError} when it cannot be written */
  async close(): Promise<void> {
    if (this.#form === "list") this.#gathered.push(Buffer.from(this.#count > 0 ? "]\n" : "[]\n"));
    await this.flush();
    if (this.#file === undefined) return;
    const { path } = this.#file;
    this.#stream.end();
    await finished(this.#stream).catch((error: unknown) => {
      throw failure(path, error);
    });
  }

  /** Whoever reads stdout may stop reading; a file, and a disk behind stdout, has to be written. */
  #end(error: Error): void {
    if (this.#file === undefined && isReaderGone(error)) this.#isLeft = true;
    else this.#fault ??= failure(this.#file?.path ?? "stdout", error);
  }
}

/** Whether a write failed because its pipe's other end is closed, now or before. */
export function isReaderGone(error: Error): boolean {
  return "code" in error && (error.code === "EPIPE" || error.code === "ERR_STREAM_DESTROYED");
}

function failure(path: string, cause: unknown): CommandError {
  const isMissing = cause instanceof Error && "code" in cause && cause.code === "ENOENT";
  const why = isMissing ? "there is no such folder" : messageOf(cause);
  return new CommandError(`cannot write ${path}: ${why}`, { cause });
}
