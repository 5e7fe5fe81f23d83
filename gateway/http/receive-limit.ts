import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { Every } from "../../shared/service.ts";

/** For receiving a request, in ms; an answer may take as long as its wait. */
const REQUEST_MS = 120_000;
/** Between two pieces of an upload, in ms; the whole may take hours. */
const UPLOAD_PAUSE_MS = 120_000;
/** Between two looks at what is still coming in, in ms: by so much the first limit may be overrun. */
const LOOK_MS = 5000;

const UPLOADS = /^\/v1\/batches(?:\/[^/]+\/items)?(?:\?|$)/;

/** Whether a body is read as it comes. JSON is gathered whole, and held until its end. */
export function isUpload(url: string, contentType: string): boolean {
  return UPLOADS.test(url) && !/^\s*application\/json\b/i.test(contentType);
}

/**
 * Requests whose bodies are still coming in: of each connection the last, since no other can be incomplete.
 * All are looked at now and then, or each would need a timer and a listener.
 */
export class Receiving {
  readonly #requests = new Map<Socket, IncomingMessage>();
  /** When those that were not complete at a look were first seen, by `performance.now()`. */
  readonly #seenMs = new WeakMap<IncomingMessage, number>();
  readonly #requestMs: number;
  readonly #looks: Every;

  /** @param requestMs for receiving a request @param lookMs between two looks, in ms */
  constructor(requestMs = REQUEST_MS, lookMs = LOOK_MS) {
    this.#requestMs = requestMs;
    this.#looks = new Every(lookMs, () => this.#look());
  }

  async start(): Promise<void> {
    await this.#looks.start();
  }

  async stop(): Promise<void> {
    await this.#looks.stop();
  }

  /** Ends connections whose request comes too slowly; what was received of an upload stays. */
  take(request: IncomingMessage): void {
    if (request.complete || request.method === "GET" || request.method === "HEAD") return;
    this.#requests.set(request.socket, request);
    const { url = "", headers } = request;
    if (isUpload(url, headers["content-type"] ?? "")) limitPauses(request);
  }

  /** Closes connections whose request is incomplete; clients resume on another gateway. */
  end(): void {
    for (const [socket, request] of this.#requests) if (!request.complete) socket.destroy();
  }

  #look(): void {
    const nowMs = performance.now();
    for (const [socket, request] of this.#requests) {
      if (request.complete || request.destroyed) this.#requests.delete(socket);
      else if (!this.#isInTime(request, nowMs)) socket.destroy();
    }
  }

  #isInTime(request: IncomingMessage, nowMs: number): boolean {
    const { url = "", headers } = request;
    const seenMs = this.#seenMs.get(request) ?? nowMs;
    this.#seenMs.set(request, seenMs);
    return nowMs - seenMs < this.#requestMs || isUpload(url, headers["content-type"] ?? "");
  }
}

function limitPauses(request: IncomingMessage): void {
  const { socket } = request;
  const giveUp = (): void => {
    if (!request.complete) socket.destroy();
  };
  socket.setTimeout(UPLOAD_PAUSE_MS, giveUp);
  // With its listener: a connection is used for many uploads.
  request.once("close", () => socket.setTimeout(0, giveUp));
}
