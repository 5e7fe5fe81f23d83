import type { HangUp } from "./hang-up.ts";
import type { Watch } from "./waiter.ts";

/** What a stream tells of: a job, or a batch. */
export interface EventSource<T> {
  /** Reads it, and asks to be told of every change. */
  readonly read: () => Promise<T>;
  readonly describe: (found: T) => Promise<StreamEvent>;
}

export interface StreamEvent {
  readonly event: "status" | "completed" | "error";
  /** The same as long as there is nothing new to say. */
  readonly tag: string;
  /** JSON text without line breaks, which end an event. */
  readonly data: string;
}

/** Says when to look again. */
export interface Watched {
  readonly isDraining: boolean;
  watch(id: string): Pick<Watch, "heed" | "hint" | "close">;
}

export interface EventStreamOptions<T> extends EventSource<T> {
  readonly id: string;
  readonly waiter: Watched;
  /** `Last-Event-ID`: what the client has seen last. */
  readonly lastSeen: string | undefined;
  readonly signal: HangUp;
}

/** Between two signs of life on a quiet stream, in ms: proxies close what is silent. */
const KEEP_ALIVE_MS = 15_000;
/** What a client should wait before it comes back after a break, in ms. */
const RECONNECT_MS = 2000;

/**
 * A course as server-sent events: the state now, then each change, and an end after `completed`.
 * Events are made when the client takes them, from the state as it is then: a slow reader misses
 * states in between and costs no memory.
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export function eventStream<T>(
  options: EventStreamOptions<T>,
  headers: Record<string, string> = {},
): Response {
  return new Response(streamed(events(options)), {
    headers: {
      "content-type": "text/event-stream",
      "cache-control": "no-store",
      "x-accel-buffering": "no",
      ...headers,
    },
  });
}

/** Texts as a body, made as it is read. */
export function streamed(texts: AsyncIterable<string>): ReadableStream<Uint8Array> {
  return ReadableStream.from(encoded(texts));
}

async function* encoded(texts: AsyncIterable<string>): AsyncIterable<Uint8Array> {
  const encoder = new TextEncoder();
  for await (const text of texts) yield encoder.encode(text);
}

async function* events<T>(options: EventStreamOptions<T>): AsyncGenerator<string> {
  const { id, waiter, lastSeen, signal, read, describe } = options;
  // Opened by whoever reads, not by whoever makes the stream: one that is never read (HEAD, a
  // client that is gone) never comes to its end here. Nothing is missed: the record is read after
  // this.
  const watch = waiter.watch(id);
  watch.heed(signal);
  let seen = lastSeen;
  let saidAtMs = performance.now();
  try {
    yield `retry: ${RECONNECT_MS}\n\n`;
    let found = await read();
    while (!signal.aborted) {
      const { event, tag, data } = await describe(found);
      const isLast = event !== "status";
      if (tag !== seen || isLast) {
        yield `id: ${tag}\nevent: ${event}\ndata: ${data}\n\n`;
        seen = tag;
        saidAtMs = performance.now();
      } else if (performance.now() - saidAtMs >= KEEP_ALIVE_MS) {
        yield ": still there\n\n";
        saidAtMs = performance.now();
      }
      // A gateway that goes away ends its streams: the client comes back to another.
      if (isLast || waiter.isDraining) return;
      await watch.hint(performance.now() + KEEP_ALIVE_MS);
      const known = found;
      // While Redis is away the stream goes on with what it knows.
      found = await read().catch(() => known);
    }
  } finally {
    watch.close();
  }
}
