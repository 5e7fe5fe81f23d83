import type { IncomingMessage } from "node:http";
import type { HttpBindings } from "@hono/node-server";
import type { Context } from "hono";
import { ScoringError } from "../../shared/error.ts";
import { rowBuffer } from "../../shared/job/payload.ts";
import { BodyBudget } from "./body-budget.ts";
import { GatheredBytes } from "./gathered-bytes.ts";
import { headerOf } from "./header.ts";

/** Bodies that are read in one go, which is faster: most photos are. */
const AT_ONCE_BYTES_MAX = 1_048_576;

/**
 * Reads a request's body whole, and stops reading as soon as it is too large.
 *
 * @param limit most bytes of a body, or of all that are being received as well
 * @throws {ScoringError} `payload_too_large`; `unsupported_media_type` for a compressed body;
 *   `service_unavailable` when the gateway is receiving too much
 */
export async function readBody(c: Context, limit: number | BodyBudget): Promise<Buffer> {
  refuseCompressed(c);
  const budget = typeof limit === "number" ? new BodyBudget(limit, limit) : limit;
  const declared = Number(headerOf(c, "content-length") ?? Infinity);
  if (declared > budget.bytesMax && declared !== Infinity) throw tooLarge(budget.bytesMax);
  // Of a large one counts what has arrived and not what is declared, or a client could take the room
  // of others with a line of its head.
  if (declared > AT_ONCE_BYTES_MAX) return readStream(c.req.raw.body, budget);
  budget.take(declared, declared);
  try {
    const { incoming }: HttpBindings = c.env;
    return await received(incoming, declared);
  } finally {
    budget.giveBack(declared);
  }
}

/** A body as it comes. @throws {ScoringError} `unsupported_media_type` for a compressed body */
export function streamedBody(c: Context): AsyncIterable<Uint8Array> {
  refuseCompressed(c);
  return c.req.raw.body ?? ReadableStream.from([]);
}

export function mediaTypeOf(c: Context): string {
  return mediaTypeIn(headerOf(c, "content-type") ?? "");
}

/** @param contentType the header */
export function mediaTypeIn(contentType: string): string {
  const end = contentType.indexOf(";");
  return (end === -1 ? contentType : contentType.slice(0, end)).trim().toLowerCase();
}

/** @throws {ScoringError} `unsupported_media_type`: text is UTF-8 here, and nothing is guessed */
export function refuseCharset(contentType: string): void {
  const charset = /;\s*charset="?([\w.:-]+)/i.exec(contentType)?.[1]?.toLowerCase();
  if (charset === undefined || charset === "utf-8" || charset === "us-ascii") return;
  throw new ScoringError("unsupported_media_type", `Text must be UTF-8, not ${charset}.`);
}

function refuseCompressed(c: Context): void {
  const encoding = headerOf(c, "content-encoding");
  if (encoding === undefined || encoding === "identity") return;
  throw new ScoringError("unsupported_media_type", "Compressed bodies are not accepted.");
}

/**
 * A body as Node has it: a web stream, or Hono's reading, would copy it. Node holds it to the length it
 * declares, so that it cannot grow beyond a limit. One of several pieces is put where a payload is made
 * of it without another copy.
 *
 * @throws when the client hangs up before its end
 */
async function received(incoming: IncomingMessage, declared: number): Promise<Buffer> {
  if (incoming.complete) {
    const body: unknown = incoming.read();
    return Buffer.isBuffer(body) ? body : Buffer.alloc(0);
  }
  if (incoming.destroyed) throw hungUp();
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  let body: Buffer | undefined;
  let length = 0;
  incoming.on("data", (piece: Buffer) => {
    if (length === 0 && piece.length === declared) {
      body = piece;
    } else {
      body ??= rowBuffer(declared);
      body.set(piece, length);
    }
    length += piece.length;
  });
  incoming.on("end", () => {
    // What was not written is memory that held something else.
    if (length === declared) resolve(body ?? Buffer.alloc(0));
    else reject(hungUp());
  });
  // It also closes behind its end, each time: an error, with its stack, cost a twentieth of a request.
  incoming.on("close", () => {
    if (!incoming.readableEnded) reject(hungUp());
  });
  return promise;
}

function hungUp(): Error {
  return new Error("the client hung up");
}

async function readStream(
  body: ReadableStream<Uint8Array> | null,
  budget: BodyBudget,
): Promise<Buffer> {
  if (body === null) return Buffer.alloc(0);
  const gathered = new GatheredBytes();
  try {
    for await (const piece of body) {
      const whole = gathered.length + piece.length;
      if (whole > budget.bytesMax) throw tooLarge(budget.bytesMax);
      budget.take(piece.length, whole);
      gathered.add(piece);
    }
  } finally {
    budget.giveBack(gathered.length);
  }
  return gathered.take();
}

/** What a body of more bytes is refused with. */
export function tooLarge(bytesMax: number): ScoringError {
  return new ScoringError("payload_too_large", `The body may have at most ${bytesMax} bytes.`, {
    members: { limit_bytes: bytesMax },
  });
}
