import { Busboy } from "@fastify/busboy";
import { ScoringError } from "../../../shared/error.ts";

/** One part of a form. */
export type FormPart =
  | { readonly kind: "field"; readonly name: string; readonly text: string }
  | { readonly kind: "file"; readonly file: FormFile };

export interface FormFile {
  /** As the client says it, folders included; undefined when it says none. */
  readonly name: string | undefined;
  readonly bytes: Buffer;
  /** There was more than a file may have; `bytes` is its beginning. */
  readonly isTooLarge: boolean;
}

const FIELD_BYTES_MAX = 64 * 1024;

/**
 * The parts of a form as they come in, each once it is whole. Holds one file, and what was received
 * with its end.
 *
 * @param fileBytesMax most bytes of a file
 * @throws {ScoringError} `invalid_input` for a body that is no form; what the body throws when it
 *   breaks off
 */
export async function* formParts(
  body: AsyncIterable<Uint8Array>,
  contentType: string,
  fileBytesMax: number,
): AsyncGenerator<FormPart> {
  const form = new FormReader(contentType, fileBytesMax);
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

  constructor(contentType: string, fileBytesMax: number) {
    // One byte more than is taken tells a file that is too large from one that just is not.
    const limits = { fileSize: fileBytesMax + 1, fieldSize: FIELD_BYTES_MAX };
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
    this.#busboy.on("file", (_, stream, name) => {
      const part: { whole: FormPart | undefined } = { whole: undefined };
      this.#parts.push(part);
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("error", (error) => (this.#error ??= error));
      stream.on("end", () => {
        const bytes = Buffer.concat(chunks);
        const isTooLarge = bytes.length > fileBytesMax;
        part.whole = { kind: "file", file: { name: name || undefined, bytes, isTooLarge } };
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
    if (isCut) this.#error ??= new Error(`field longer than ${FIELD_BYTES_MAX} bytes`);
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
