import { IncomingMessage } from "node:http";

/** Of a body that nobody wants, what is read at most, before the answer and behind it. */
const BYTES_MAX = 64 * 2 ** 20;
/** How long the answer waits for the end of the body, in ms, and how long for the next of its bytes. */
const BEFORE = { timeMs: 5000, pauseMs: 500 };
/** How long, in ms, what still comes is read behind the answer. */
const BEHIND = { timeMs: 10_000, pauseMs: 10_000 };

/**
 * Holds the refusal of a request whose body is still coming in, until it has come or pauses. A connection
 * that is closed with bytes unread is reset, and takes the answer with it: clients see a broken pipe, and
 * proxies say 502 (those in Go, like Caddy, for any answer that comes before the end). What comes too
 * slowly or is too large is answered nevertheless, and read on for a while. Then the connection ends,
 * which the answer says: a client must not send its next request there.
 */
export async function refusedEarly(response: Response, incoming: object): Promise<Response> {
  const { status, headers, ok } = response;
  if (!ok && incoming instanceof IncomingMessage) {
    if (await dropRest(incoming, BEFORE)) return response;
    const answer = new Uint8Array(await response.arrayBuffer());
    headers.set("connection", "close");
    headers.set("content-length", String(answer.length));
    const body = new ReadableStream({
      async start(controller) {
        controller.enqueue(answer);
        await dropRest(incoming, BEHIND);
        controller.close();
      },
    });
    return new Response(body, { status, headers });
  }
  headers.set("connection", "close");
  return response;
}

/** Until its end, or the client's, or a limit. @returns whether it came to its end */
async function dropRest(
  incoming: IncomingMessage,
  { timeMs, pauseMs }: typeof BEFORE,
): Promise<boolean> {
  if (incoming.complete || incoming.destroyed) return incoming.complete;
  const { promise, resolve } = Promise.withResolvers<void>();
  const pause = setTimeout(resolve, pauseMs);
  const time = setTimeout(resolve, timeMs);
  let bytes = 0;
  const onData = ({ length }: Uint8Array): void => {
    bytes += length;
    if (bytes > BYTES_MAX) resolve();
    pause.refresh();
  };
  // Whoever read it has stopped, and must not be given more.
  incoming.removeAllListeners("data").on("data", onData).resume();
  for (const event of ["end", "close"]) incoming.once(event, resolve);
  await promise;
  clearTimeout(pause);
  clearTimeout(time);
  return incoming.complete;
}
