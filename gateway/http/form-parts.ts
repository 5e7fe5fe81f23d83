import { Busboy } from "@fastify/busboy";
import { ScoringError } from "../../shared/error.ts";

/** One part of a form. */
export type FormPart =
  | { readonly kind: "field"; readonly name: string; readonly text: string }
  | { readonly kind: "file"; readonly name: string; readonly file: FormFile };

export interface FormFile {
  /** As the client says it, folders included; undefined when it says none. */
  readonly name: string | undefined;
  readonly mediaType: string;
  readonly bytes: Buffer;
  /** There was more than a file may have; `bytes` is its beginning. */
  readonly isTooLarge: boolean;
}

export interface PartBytesMax {
  readonly file: number;
  readonly field: number;
}

/**
 * The parts of a form as they come in, each once it is whole. Holds one file, and what was received
 * with its end.
 *
 * @param bytesMax most of a file and of a field; a longer field makes the form invalid
 * @throws {ScoringError} `invalid_input` for a body that is no form; what the body throws when it
 *   breaks off
 */
export async function* formParts(
  body: AsyncIterable<Uint8Array>,
  contentType: string,
  bytesMax: PartBytesMax,
): AsyncGenerator<FormPart> {
  const form = new FormReader(contentType, bytesMax);
  for await (const received of body) {
    await form.write(received);
    yield* form.take();
  }
  await form.end();
  yield* form.take();
}

/** Busboy, asked instead of listened to: what comes next is read when the last is done with. */
class FormReader {
  readonly #busboy: InstanceType<typeof Busboy>;
  readonly #parts: { whole: FormPart | undefined }[] = [];
  readonly #ended: Promise<void>;
  #error: unknown;

  constructor(contentType: string, { file: fileBytesMax, field: fieldSize }: PartBytesMax) {
    // One byte more than is taken tells a file that is too large from one that just is not.
    const limits = { fileSize: fileBytesMax + 1, fieldSize };
    const headers = { "content-type": contentType };
    this.#busboy = parsing(() => new Busboy({ headers, limits, preservePath: true }));
    this.#ended = new Promise((resolve) => {
      this.#busboy.once("finish", resolve);
      this.#busboy.on("error", (error) => {
        this.#error ??= error;
        resolve();
      });
    });
    this.#busboy.on("field", (name, text, _, isCut) => this.#addField(name, text, isCut));
    this.#busboy.on("file", (name, stream, ...[fileName, , mediaType]) => {
      const part: { whole: FormPart | undefined } = { whole: undefined };
      this.#parts.push(part);
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("error", (error) => (this.#error ??= error));
      stream.on("end", () => {
        const bytes = Buffer.concat(chunks);
        const isTooLarge = bytes.length > fileBytesMax;
        const file = { name: fileName || undefined, mediaType, bytes, isTooLarge };
        part.whole = { kind: "file", name, file };
      });
    });
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.#throwError();
    await Promise.race([
      this.#ended,
      new Promise<void>((resolve) => this.#busboy.write(bytes, () => resolve())),
    ]);
    this.#throwError();
  }

  async end(): Promise<void> {
    this.#busboy.end();
    await this.#ended;
    this.#throwError();
  }

  /** Parts that are whole by now, in their order. */
  *take(): Generator<FormPart> {
    for (let whole = this.#parts[0]?.whole; whole !== undefined; whole = this.#parts[0]?.whole) {
      this.#parts.shift();
      yield whole;
    }
  }

  #addField(name: string, text: string, isCut: boolean): void {
    if (isCut) this.#error ??= new Error("a field is too long");
    this.#parts.push({ whole: { kind: "field", name, text } });
  }

  #throwError(): void {
    if (this.#error !== undefined) throw notAForm(this.#error);
  }
}

function parsing<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw notAForm(cause);
  }
}

function notAForm(cause: unknown): ScoringError {
  const message = "The body is not a valid multipart form.";
  return new ScoringError("invalid_input", message, { cause });
}
