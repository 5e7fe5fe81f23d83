import type { IncomingMessage } from "node:http";

/** For receiving a request, in ms; an answer may take as long as its wait. */
const REQUEST_MS = 120_000;
/** Between two pieces of an upload, in ms; the whole may take hours. */
const UPLOAD_PAUSE_MS = 120_000;

const UPLOADS = /^\/v1\/batches(?:\/[^/]+\/items)?(?:\?|$)/;

/** Whether a body is read as it comes. JSON is gathered whole, and held until its end. */
export function isUpload(url: string, contentType: string): boolean {
  return UPLOADS.test(url) && !/^\s*application\/json\b/i.test(contentType);
}

/** Requests whose bodies are still coming in. */
export class Receiving {
  readonly #requests = new Set<IncomingMessage>();

  /** Ends connections whose request comes too slowly; what was received of an upload stays. */
  take(request: IncomingMessage): void {
    if (request.complete || request.method === "GET" || request.method === "HEAD") return;
    this.#requests.add(request);
    request.once("close", () => this.#requests.delete(request));
    limitTime(request);
  }

  /** Closes connections whose request is incomplete; clients resume on another gateway. */
  end(): void {
    for (const request of this.#requests) if (!request.complete) request.socket.destroy();
  }
}

function limitTime(request: IncomingMessage): void {
  const { socket } = request;
  const giveUp = (): void => {
    if (!request.complete) socket.destroy();
  };
  const { "content-type": contentType = "" } = request.headers;
  if (isUpload(request.url ?? "", contentType)) {
    socket.setTimeout(UPLOAD_PAUSE_MS, giveUp);
    // With its listener: a connection is used for many uploads.
    request.once("close", () => socket.setTimeout(0, giveUp));
    return;
  }
  const timer = setTimeout(giveUp, REQUEST_MS);
  request.once("end", () => clearTimeout(timer));
  request.once("close", () => clearTimeout(timer));
}
