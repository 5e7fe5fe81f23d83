import { Busboy } from "@fastify/busboy";
import { ScoringError } from "../../shared/error.ts";

/** One part of a form. Its name is undefined when it says none, which no form should. */
export type FormPart =
  | { readonly kind: "field"; readonly name: string | undefined; readonly text: string }
  | { readonly kind: "file"; readonly name: string | undefined; readonly file: FormFile };

export interface FormFile {
  /** As the client says it, folders included; undefined when it says none. */
  readonly name: string | undefined;
  readonly mediaType: string;
  readonly bytes: Buffer;
  /** There was more than a file may have; `bytes` is its beginning. */
  readonly isTooLarge: boolean;
}

export interface FormRules {
  /** Most bytes of a file. */
  readonly fileBytesMax: number;
  /** Of a field; a longer one makes the form invalid. */
  readonly fieldBytesMax: number;
  /** Whether a part of `application/octet-stream` is a file even if it has no file name. */
  readonly takesUnnamedFiles: boolean;
}

/** As `Content-Transfer-Encoding`; forms should not be sent so, and some are (RFC 7578, section 4.7). */
const BASE64 = "base64";

/**
 * The parts of a form as they come in, each once it is whole. Holds one file, and what was received
 * with its end.
 *
 * @throws {ScoringError} `invalid_input` for a body that is no form; what the body throws when it
 *   breaks off
 */
export async function* formParts(
  body: AsyncIterable<Uint8Array>,
  contentType: string,
  rules: FormRules,
): AsyncGenerator<FormPart> {
  const form = new FormReader(contentType, rules);
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

  constructor(contentType: string, { fileBytesMax, fieldBytesMax, takesUnnamedFiles }: FormRules) {
    const options = {
      headers: { "content-type": contentType },
      // One byte more than is taken tells a file that is too large from one that just is not.
      limits: { fileSize: fileBytesMax + 1, fieldSize: fieldBytesMax },
      preservePath: true,
      isPartAFile: (_name: unknown, mediaType: string | undefined, fileName: string | undefined) =>
        fileName !== undefined || (takesUnnamedFiles && mediaType === "application/octet-stream"),
    };
    try {
      this.#busboy = new Busboy(options);
    } catch (cause) {
      throw notAForm(cause);
    }
    this.#ended = new Promise((resolve) => {
      this.#busboy.once("finish", resolve);
      this.#busboy.on("error", (error) => {
        this.#error ??= error;
        resolve();
      });
    });
    this.#busboy.on("field", (name, text, _, ...[isCut, encoding]) => {
      if (isCut) this.#error ??= new Error("a field is too long");
      const sent = encoding === BASE64 ? Buffer.from(text, BASE64).toString() : text;
      this.#parts.push({ whole: { kind: "field", name, text: sent } });
    });
    this.#busboy.on("file", (name, stream, fileName, ...[encoding, mediaType]) => {
      const part: { whole: FormPart | undefined } = { whole: undefined };
      this.#parts.push(part);
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("error", (error) => (this.#error ??= error));
      stream.on("end", () => {
        const received = Buffer.concat(chunks);
        const isTooLarge = received.length > fileBytesMax;
        const bytes = encoding === BASE64 ? Buffer.from(received.toString(), BASE64) : received;
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

  #throwError(): void {
    if (this.#error !== undefined) throw notAForm(this.#error);
  }
}

function notAForm(cause: unknown): ScoringError {
  const message = "The body is not a valid multipart form.";
  return new ScoringError("invalid_input", message, { cause });
}
