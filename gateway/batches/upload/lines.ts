import { ScoringError } from "../../../shared/error.ts";
import { GatheredBytes } from "../../http/gathered-bytes.ts";

/** One line of a body, without its end. */
export interface Line {
  /** From 1, as editors count. */
  readonly number: number;
  readonly bytes: Buffer;
}

/** `text`: empty lines are left out, and the return that may stand before a line's end. */
export type LineForm = "text" | "raw";

const NEWLINE = 0x0a;
const RETURN = 0x0d;
/** One for all: a body may be nothing but line ends, each a byte. */
const EMPTY = Buffer.alloc(0);

/**
 * Splits a body into lines as it comes in, those of one piece of it at a time: a promise for each line
 * would cost more than reading it. Holds one piece and one line.
 *
 * @param bytesMax most bytes of a line
 * @throws {ScoringError} `payload_too_large`, naming the line; what the body throws when it breaks off
 */
export async function* linesOf(
  body: AsyncIterable<Uint8Array>,
  bytesMax: number,
  form: LineForm = "text",
): AsyncGenerator<readonly Line[]> {
  let number = 0;
  const begun = new GatheredBytes();
  const take = (last: Buffer): Line | undefined => {
    number += 1;
    const whole = begun.length === 0 ? last : withBegun(begun, last);
    if (form === "raw") return { number, bytes: whole };
    const bytes = whole.at(-1) === RETURN ? whole.subarray(0, -1) : whole;
    return bytes.length === 0 ? undefined : { number, bytes };
  };
  for await (const received of body) {
    const chunk = Buffer.from(received.buffer, received.byteOffset, received.byteLength);
    const lines: Line[] = [];
    let start = 0;
    while (start < chunk.length) {
      const end = chunk.indexOf(NEWLINE, start);
      const part = end === start ? EMPTY : chunk.subarray(start, end < 0 ? chunk.length : end);
      if (begun.length + part.length > bytesMax) throw tooLong(number + 1, bytesMax);
      start += part.length + 1;
      if (end < 0) {
        begun.add(part);
        break;
      }
      const line = take(part);
      if (line !== undefined) lines.push(line);
    }
    if (lines.length > 0) yield lines;
  }
  const line = begun.length === 0 ? undefined : take(EMPTY);
  if (line !== undefined) yield [line];
}

function withBegun(begun: GatheredBytes, last: Buffer): Buffer {
  begun.add(last);
  return begun.take();
}

function tooLong(line: number, bytesMax: number): ScoringError {
  const message = `Line ${line} is longer than ${bytesMax} bytes.`;
  return new ScoringError("payload_too_large", message, {
    members: { line, limit_bytes: bytesMax },
  });
}
