import { connect } from "node:net";
import { setImmediate } from "node:timers/promises";

/** A request as bytes will be, valid or not. */
export interface RawRequest {
  /** `operationId` that it is made from. */
  readonly operation: string;
  readonly method: string;
  /** What follows the method: path and query. */
  readonly target: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer;
  /** Where it is cut into packets: shares of its length, 0 to 1. */
  readonly cuts: readonly number[];
  /** What was done to it; empty for a request that the document allows. */
  readonly spoilt: readonly string[];
  /** Its framing is wrong: the server may hang up without a word. */
  readonly isBroken: boolean;
}

export interface RawReply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

const ANSWER_MS = 60_000;
/** Operations whose streams have no end: the first event is enough. */
const ENDLESS = new Set(["queueEvents"]);

/**
 * Sends a request over a connection of its own, in pieces, and reads until the server closes.
 *
 * @returns undefined when the connection closed without an answer, or with only a part of one
 * @throws when there is neither answer nor end within a minute
 */
export async function send(port: number, request: RawRequest): Promise<RawReply | undefined> {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true, allowHalfOpen: true });
  const { promise: closed, resolve, reject } = Promise.withResolvers<void>();
  const chunks: Buffer[] = [];
  socket.setTimeout(ANSWER_MS, () => socket.destroy(new Error("no answer within a minute")));
  socket.on("data", (chunk: Buffer) => {
    chunks.push(chunk);
    if (ENDLESS.has(request.operation) && chunk.includes("\ndata: ")) socket.destroy();
  });
  socket.on("end", () => socket.destroy());
  socket.on("close", () => resolve());
  // The server may close while we still send: what it has said before that counts.
  socket.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === undefined) reject(error);
  });
  for (const piece of pieces(request)) {
    if (socket.destroyed) break;
    socket.write(piece);
    await setImmediate();
  }
  if (request.isBroken && !socket.destroyed) socket.end();
  await closed;
  const isBodiless = request.method === "HEAD";
  return parse(Buffer.concat(chunks), isBodiless);
}

function pieces({ method, target, headers, body, cuts }: RawRequest): Buffer[] {
  const lines = headers.map(([name, value]) => `${name}: ${value}`);
  const head = [`${method} ${target} HTTP/1.1`, ...lines].join("\r\n");
  const bytes = Buffer.concat([Buffer.from(`${head}\r\n\r\n`, "latin1"), body]);
  const places = cuts.map((share) => Math.floor(share * bytes.length)).toSorted((a, b) => a - b);
  return [0, ...places].map((from, i) => bytes.subarray(from, places[i] ?? bytes.length));
}

/** The last response of a connection: a 100 Continue may be before it. */
function parse(bytes: Buffer, isBodiless: boolean): RawReply | undefined {
  const end = bytes.indexOf("\r\n\r\n");
  if (end === -1) return undefined;
  const [line = "", ...rest] = bytes.subarray(0, end).toString("latin1").split("\r\n");
  const status = Number(line.split(" ")[1]);
  const body = bytes.subarray(end + 4);
  if (status === 100) return parse(body, isBodiless);
  const headers = new Headers(
    rest.map((header): [string, string] => {
      const colon = header.indexOf(":");
      return [header.slice(0, colon), header.slice(colon + 1).trim()];
    }),
  );
  // Cut off: the server had closed with our bytes unread, on which TCP drops its own as well.
  if (body.length < Number(headers.get("content-length") ?? 0) && !isBodiless) return undefined;
  const isChunked = headers.get("transfer-encoding") === "chunked";
  return { status, headers, text: (isChunked ? unchunk(body) : body).toString() };
}

function unchunk(bytes: Buffer): Buffer {
  const line = bytes.indexOf("\r\n");
  const size = Number.parseInt(bytes.subarray(0, line).toString("latin1"), 16);
  if (line === -1 || !(size > 0)) return Buffer.alloc(0);
  const from = line + 2;
  return Buffer.concat([
    bytes.subarray(from, from + size),
    unchunk(bytes.subarray(from + size + 2)),
  ]);
}
