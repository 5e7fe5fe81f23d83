import { ServerResponse, type IncomingMessage } from "node:http";

/**
 * What every answer of every role says: its type is what it says it is, and a browser that shows
 * it loads nothing, runs nothing and lets nobody frame it. A page that needs more says so itself.
 */
export const SAFE_HEADERS = {
  "x-content-type-options": "nosniff",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
} as const;

/**
 * An answer of Node's with `SAFE_HEADERS`. For a server's option `ServerResponse`: so they are also on
 * the answers that Node gives by itself.
 */
export class SafeResponse extends ServerResponse {
  constructor(...given: ConstructorParameters<typeof ServerResponse<IncomingMessage>>) {
    super(...given);
    for (const [name, value] of Object.entries(SAFE_HEADERS)) this.setHeader(name, value);
  }
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
