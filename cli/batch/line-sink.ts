import { createWriteStream } from "node:fs";
import type { Writable } from "node:stream";
import { finished } from "node:stream/promises";
import { CommandError } from "../commands/command.ts";

const NEWLINE = Buffer.from("\n");
const [OPEN, COMMA] = [Buffer.from("["), Buffer.from(",")];

/** `list`: one JSON array instead of lines. */
export type SinkForm = "lines" | "list";

/** Where lines go, no faster than they are taken. */
export class LineSink {
  readonly #stream: Writable;
  readonly #form: SinkForm;
  /** Of a file; undefined for a stream that stays open. */
  readonly #path: string | undefined;
  #gathered: Uint8Array[] = [];
  #count = 0;
  #isClosed = false;

  private constructor(stream: Writable, form: SinkForm, path?: string) {
    this.#stream = stream;
    this.#form = form;
    this.#path = path;
    stream.once("close", () => (this.#isClosed = true));
    // Said where it is written.
    stream.on("error", () => (this.#isClosed = true));
  }

  /** A file, made anew. */
  static toFile(path: string, form: SinkForm = "lines"): LineSink {
    return new LineSink(createWriteStream(path), form, path);
  }

  /** A stream that stays open. */
  static to(stream: Writable, form: SinkForm): LineSink {
    return new LineSink(stream, form);
  }

  /** Nobody reads any more: `| head` has seen enough. */
  get isClosed(): boolean {
    return this.#isClosed;
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
    if (bytes.length === 0 || this.#isClosed) return;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#stream.write(bytes, (error) => {
      // Whoever reads stdout may stop reading; a file has to be written.
      if (error && this.#path !== undefined) reject(this.#failure(error));
      else resolve();
    });
    await promise;
  }

  /** Ends the list, and closes a file. @throws {CommandError} when it cannot be written */
  async close(): Promise<void> {
    if (this.#form === "list") this.#gathered.push(Buffer.from(this.#count > 0 ? "]\n" : "[]\n"));
    await this.flush();
    if (this.#path === undefined) return;
    this.#stream.end();
    await finished(this.#stream).catch((error: unknown) => {
      throw this.#failure(error);
    });
  }

  #failure(cause: unknown): CommandError {
    const reason = cause instanceof Error ? cause.message : String(cause);
    return new CommandError(`cannot write ${this.#path}: ${reason}`, { cause });
  }
}
