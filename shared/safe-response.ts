import { ServerResponse, type OutgoingHttpHeader, type OutgoingHttpHeaders } from "node:http";

/**
 * What every answer of every role says: its type is what it says it is, and a browser that shows
 * it loads nothing, runs nothing and lets nobody frame it. A page that needs more says so itself.
 */
export const SAFE_HEADERS = {
  "x-content-type-options": "nosniff",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
} as const;

type Headers = OutgoingHttpHeaders | OutgoingHttpHeader[];

/**
 * An answer of Node's with `SAFE_HEADERS`. For a server's option `ServerResponse`: so they are also on
 * the answers that Node gives by itself. They go in with the rest of the head: had they been set before,
 * Node would set and check each header of the rest one by one.
 */
export class SafeResponse extends ServerResponse {
  override writeHead(status: number, reason?: string | Headers, headers?: Headers): this {
    if (typeof reason === "string") return super.writeHead(status, reason, withSafe(headers));
    return super.writeHead(status, withSafe(headers ?? reason));
  }
}

/** @param headers names are in lower case where they are ours; a list holds none of ours */
function withSafe(headers: Headers | undefined): Headers {
  if (Array.isArray(headers)) return [...Object.entries(SAFE_HEADERS).flat(), ...headers];
  return { ...SAFE_HEADERS, ...headers };
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
