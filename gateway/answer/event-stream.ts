import { ScoringError, toProblem } from "../../shared/error.ts";
import { isTerminal, type JobView } from "../../shared/job/record.ts";
import { DELETED, type Found } from "../../shared/queue/read.ts";
import type { GatewayServices } from "../services.ts";
import { jobEtag, jobJson } from "./job-json.ts";
import { lookAt } from "./unfinished.ts";

export interface EventStreamOptions {
  readonly id: string;
  /** `Last-Event-ID`: what the client has seen last. */
  readonly lastSeen: string | undefined;
  /** Aborts when the client goes away. */
  readonly signal: AbortSignal;
}

/** Between two signs of life on a quiet stream, in ms: proxies close what is silent. */
const KEEP_ALIVE_MS = 15_000;
/** What a client should wait before it comes back after a break, in ms. */
const RECONNECT_MS = 2000;

/**
 * A job's course as server-sent events: its state now, then each change, and an end after
 * `completed`. Events are made when the client takes them, from the job as it is then: a slow reader
 * misses states in between and costs no memory.
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export function eventStream(
  options: EventStreamOptions,
  services: GatewayServices,
  headers: Record<string, string> = {},
): Response {
  const body = ReadableStream.from(encoded(events(options, services)));
  return new Response(body, {
    headers: {
      "content-type": "text/event-stream",
      "cache-control": "no-store",
      "x-accel-buffering": "no",
      ...headers,
    },
  });
}

async function* encoded(texts: AsyncIterable<string>): AsyncIterable<Uint8Array> {
  const encoder = new TextEncoder();
  for await (const text of texts) yield encoder.encode(text);
}

async function* events(
  { id, lastSeen, signal }: EventStreamOptions,
  services: GatewayServices,
): AsyncGenerator<string> {
  const { reader, waiter } = services;
  // Opened by who reads, not by who makes the stream: one that is never read (HEAD, a client that is
  // gone) never comes to its end here. Nothing is missed: the record is read after this.
  const watch = waiter.watch(id);
  let seen = lastSeen;
  let saidAtMs = performance.now();
  try {
    yield `retry: ${RECONNECT_MS}\n\n`;
    let job = await reader.read(id, "follow");
    while (!signal.aborted) {
      const event = await eventOf(job, services);
      if (event.tag !== seen || event.isLast) {
        yield event.text;
        seen = event.tag;
        saidAtMs = performance.now();
      } else if (performance.now() - saidAtMs >= KEEP_ALIVE_MS) {
        yield ": still there\n\n";
        saidAtMs = performance.now();
      }
      // A gateway that goes away ends its streams: the client comes back to another.
      if (event.isLast || waiter.isDraining) return;
      await watch.hint(KEEP_ALIVE_MS, signal);
      job = await read(id, job, services);
    }
  } finally {
    watch.close();
  }
}

/** While Redis is away the stream goes on with what it knows. */
async function read(id: string, known: Found, { reader }: GatewayServices): Promise<Found> {
  return reader.read(id, "follow").catch(() => known);
}

interface Event {
  /** The same as long as there is nothing new to say. */
  readonly tag: string;
  readonly text: string;
  readonly isLast: boolean;
}

async function eventOf(job: Found, services: GatewayServices): Promise<Event> {
  if (job === undefined || job === DELETED) {
    const code = job === DELETED ? "gone_deleted" : "gone_expired";
    const problem = toProblem(new ScoringError(code, "The job's record is gone."));
    return { tag: code, text: format("error", code, JSON.stringify(problem)), isLast: true };
  }
  const tag = eventTag(job);
  if (isTerminal(job.status)) {
    return { tag, text: format("completed", tag, jobJson(job)), isLast: true };
  }
  const standing = await lookAt(job, services);
  return {
    tag,
    text: format("status", tag, jobJson(job, { standing, isBrief: true })),
    isLast: false,
  };
}

/** A job's state, and its place in the queue: the id of the event that tells it. */
export function eventTag(job: JobView): string {
  const state = jobEtag(job).replaceAll('"', "");
  return job.ahead === undefined ? state : `${state}-${job.ahead}`;
}

/** @param data JSON text without line breaks, which end an event */
function format(event: string, id: string, data: string): string {
  return `id: ${id}\nevent: ${event}\ndata: ${data}\n\n`;
}
