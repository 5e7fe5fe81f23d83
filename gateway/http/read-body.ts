import type { Context } from "hono";
import { ScoringError } from "../../shared/error.ts";
import { GatheredBytes } from "./gathered-bytes.ts";

/**
 * Reads a request's body whole, and stops reading as soon as it is too large.
 *
 * @param bytesMax most bytes of a body
 * @throws {ScoringError} `payload_too_large`; `unsupported_media_type` for a compressed body
 */
export async function readBody(c: Context, bytesMax: number): Promise<Buffer> {
  refuseCompressed(c);
  const declared = c.req.header("content-length");
  if (Number(declared) > bytesMax) throw tooLarge(bytesMax);
  // Node holds a body to the length it declares, so that this one cannot grow beyond the limit.
  if (declared !== undefined) return Buffer.from(await c.req.arrayBuffer());
  return readStream(c.req.raw.body, bytesMax);
}

/** A body as it comes. @throws {ScoringError} `unsupported_media_type` for a compressed body */
export function streamedBody(c: Context): AsyncIterable<Uint8Array> {
  refuseCompressed(c);
  return c.req.raw.body ?? ReadableStream.from([]);
}

export function mediaTypeOf(c: Context): string {
  return c.req.header("content-type")?.split(";")[0]?.trim().toLowerCase() ?? "";
}

/** @throws {ScoringError} `unsupported_media_type`: text is UTF-8 here, and nothing is guessed */
export function refuseCharset(contentType: string): void {
  const charset = /;\s*charset="?([\w.:-]+)/i.exec(contentType)?.[1]?.toLowerCase();
  if (charset === undefined || charset === "utf-8" || charset === "us-ascii") return;
  throw new ScoringError("unsupported_media_type", `Text must be UTF-8, not ${charset}.`);
}

function refuseCompressed(c: Context): void {
  const encoding = c.req.header("content-encoding");
  if (encoding === undefined || encoding === "identity") return;
  throw new ScoringError("unsupported_media_type", "Compressed bodies are not accepted.");
}

async function readStream(
  body: ReadableStream<Uint8Array> | null,
  bytesMax: number,
): Promise<Buffer> {
  if (body === null) return Buffer.alloc(0);
  const gathered = new GatheredBytes();
  for await (const piece of body) {
    if (gathered.length + piece.length > bytesMax) throw tooLarge(bytesMax);
    gathered.add(piece);
  }
  return gathered.take();
}

function tooLarge(bytesMax: number): ScoringError {
  return new ScoringError("payload_too_large", `The body may have at most ${bytesMax} bytes.`, {
    members: { limit_bytes: bytesMax },
  });
}
