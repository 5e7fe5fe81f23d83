import {
  IncomingMessage,
  ServerResponse,
  type OutgoingHttpHeader,
  type OutgoingHttpHeaders,
} from "node:http";
import { requestTraceOf, type RequestTrace } from "./trace.ts";

/**
 * What every answer of every role says: its type is what it says it is, and a browser that shows
 * it loads nothing, runs nothing and lets nobody frame it. A page that needs more says so itself.
 */
export const SAFE_HEADERS = {
  "x-content-type-options": "nosniff",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
} as const;

type Headers = OutgoingHttpHeaders | OutgoingHttpHeader[];

/** A request of Node's that knows by what it is found again, from the first time anybody asks. */
export class TracedRequest extends IncomingMessage {
  #trace: RequestTrace | undefined;

  get trace(): RequestTrace {
    return (this.#trace ??= requestTraceOf(this.headers));
  }
}

/**
 * An answer of Node's with `SAFE_HEADERS`, and with `X-Request-Id` and `traceparent` of its request. They go
 * in with the rest of the head: had they been set before, Node would set and check each header of the rest
 * one by one.
 */
class SafeResponse extends ServerResponse<TracedRequest> {
  override writeHead(status: number, reason?: string | Headers, headers?: Headers): this {
    if (typeof reason === "string") {
      return super.writeHead(status, reason, withSafe(headers, this.req.trace));
    }
    return super.writeHead(status, withSafe(headers ?? reason, this.req.trace));
  }
}

/** Options of a server: what they do is also done for the answers that Node gives by itself. */
export const SAFE_SERVER = { IncomingMessage: TracedRequest, ServerResponse: SafeResponse };

/** @param headers names are in lower case where they are ours; a list holds none of ours */
function withSafe(headers: Headers | undefined, { requestId, traceparent }: RequestTrace): Headers {
  const ours = { ...SAFE_HEADERS, "x-request-id": requestId, traceparent };
  if (Array.isArray(headers)) return [...Object.entries(ours).flat(), ...headers];
  return { ...ours, ...headers };
}

/**
 * An answer as text, for what is not HTTP, where Node has no response to write to. The connection
 * is to be closed behind it.
 */
export function rawBadRequest(headers: Readonly<Record<string, string>>, body: string): string {
  const all = {
    ...headers,
    ...SAFE_HEADERS,
    "cache-control": "no-store",
    "content-length": String(Buffer.byteLength(body)),
    connection: "close",
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 400 Bad Request\r\n${lines.join("")}\r\n${body}`;
}
