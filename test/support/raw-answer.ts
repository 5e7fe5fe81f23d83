import { request, type Agent, type IncomingHttpHeaders } from "node:http";
import { connect } from "node:net";

/** An answer as it came over the wire: nothing is unpacked, nothing followed. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface RawOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  /** Without one, each request has a connection of its own. */
  readonly agent?: Agent;
  /** It has no end: its first bytes are all that is waited for. */
  readonly isEndless?: boolean;
}

/** Asks with no header but those given. */
export async function rawRequest(url: string, options: RawOptions = {}): Promise<RawAnswer> {
  const { method = "GET", headers = {}, body, agent = false, isEndless = false } = options;
  const { promise, resolve, reject } = Promise.withResolvers<RawAnswer>();
  const sent = request(url, { method, headers, agent }, (response) => {
    const chunks: Buffer[] = [];
    const finish = (): void => {
      const { statusCode: status = 0, headers: said } = response;
      resolve({ status, headers: said, body: Buffer.concat(chunks) });
    };
    response.on("data", (chunk: Buffer) => {
      chunks.push(chunk);
      if (!isEndless) return;
      finish();
      response.destroy();
    });
    response.on("error", reject);
    response.on("end", finish);
  });
  sent.on("error", reject).end(body);
  return promise;
}

/** Sends bytes that may be no HTTP at all. @returns what came until the server hung up */
export async function rawExchange(url: string, bytes: string): Promise<string> {
  const { hostname: host, port } = new URL(url);
  const socket = connect({ host, port: Number(port), allowHalfOpen: true });
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let text = "";
  socket.setEncoding("latin1").on("data", (chunk: string) => (text += chunk));
  socket.on("end", () => socket.end());
  socket.on("error", reject).on("close", () => resolve(text));
  socket.write(bytes, "latin1");
  return promise;
}
