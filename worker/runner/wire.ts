import type { Duplex } from "node:stream";

/**
 * The wire between a worker and its runner: frames over one pipe, the same at both ends.
 *
 *     u32 bytes that follow · u32 bytes of head · u32 number of parts · u32 bytes of each part
 *     head (JSON) · the parts
 *
 * Little-endian. Tensors, images and outputs travel as parts, never inside JSON. Both ends are of
 * one installation, and the head carries a version all the same: `v`.
 */
export interface Frame<Head> {
  readonly head: Head;
  readonly parts: readonly Buffer[];
}

const LENGTH_BYTES = 4;
const FRAME_BYTES_MAX = 1024 * 1024 * 1024;

export class Wire<In, Out> {
  readonly #stream: Duplex;
  #heldBytes = 0;

  /**
   * @param onFrame called for each frame, in order; parts are views that may be kept
   * @param onBroken called once when the other end says something that is no frame
   */
  constructor(
    stream: Duplex,
    onFrame: (frame: Frame<In>) => void,
    onBroken: (error: Error) => void,
  ) {
    this.#stream = stream;
    const split = frameSplitter((body) => onFrame(decodeFrame<In>(body)));
    stream.on("data", (chunk: Buffer) => {
      try {
        this.#heldBytes = split(chunk);
      } catch (error) {
        onBroken(error instanceof Error ? error : new Error("broken frame"));
      }
    });
  }

  /** Whether a frame has begun to come in and is not complete. */
  get isReceiving(): boolean {
    return this.#heldBytes > 0;
  }

  send(head: Out, parts: readonly Buffer[] = []): void {
    this.#stream.cork();
    for (const piece of encodeFrame(head, parts)) this.#stream.write(piece);
    this.#stream.uncork();
  }
}

export function encodeFrame(head: unknown, parts: readonly Buffer[]): Buffer[] {
  const json = Buffer.from(JSON.stringify(head));
  const fixed = Buffer.alloc(LENGTH_BYTES * (3 + parts.length));
  const partBytes = parts.reduce((sum, part) => sum + part.length, 0);
  fixed.writeUInt32LE(fixed.length - LENGTH_BYTES + json.length + partBytes, 0);
  fixed.writeUInt32LE(json.length, 4);
  fixed.writeUInt32LE(parts.length, 8);
  for (const [i, part] of parts.entries()) fixed.writeUInt32LE(part.length, 12 + 4 * i);
  return [fixed, json, ...parts];
}

/** @param body a frame without its leading length */
export function decodeFrame<Head>(body: Buffer): Frame<Head> {
  const headBytes = body.readUInt32LE(0);
  const count = body.readUInt32LE(4);
  let start = 8 + 4 * count;
  const take = (bytes: number): Buffer => {
    const piece = body.subarray(start, start + bytes);
    start += bytes;
    return piece;
  };
  // The other end is our own code of the same installation: its word is taken for the shape.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  const head = JSON.parse(take(headBytes).toString()) as Head;
  const parts = Array.from({ length: count }, (_, i) => take(body.readUInt32LE(8 + 4 * i)));
  return { head, parts };
}

/**
 * Cuts a byte stream into frames, whatever its chunks are. A large frame is joined once, not with
 * every chunk.
 *
 * @returns takes a chunk, and tells how many bytes of an unfinished frame it holds
 * @throws {RangeError} when a frame claims to be absurdly large
 */
export function frameSplitter(onBody: (body: Buffer) => void): (chunk: Buffer) => number {
  let chunks: Buffer[] = [];
  let held = 0;
  let wanted = LENGTH_BYTES;
  return (chunk) => {
    chunks.push(chunk);
    held += chunk.length;
    if (held < wanted) return held;
    let bytes = chunks.length === 1 ? chunk : Buffer.concat(chunks, held);
    wanted = LENGTH_BYTES;
    while (bytes.length >= LENGTH_BYTES) {
      const length = bytes.readUInt32LE(0);
      if (length > FRAME_BYTES_MAX) throw new RangeError(`frame of ${length} bytes`);
      wanted = LENGTH_BYTES + length;
      if (bytes.length < wanted) break;
      onBody(bytes.subarray(LENGTH_BYTES, wanted));
      bytes = bytes.subarray(wanted);
      wanted = LENGTH_BYTES;
    }
    chunks = bytes.length === 0 ? [] : [bytes];
    held = bytes.length;
    return held;
  };
}
