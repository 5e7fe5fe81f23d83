import { createServer, type Server } from "node:http";
import { once } from "node:events";
import {
  getRequestListener,
  RequestError,
  type Http2Bindings,
  type HttpBindings,
} from "@hono/node-server";
import type { Hono } from "hono";
import { ScoringError, toProblem } from "../shared/error.ts";
import type { Logger } from "../shared/log.ts";
import type { Service } from "../shared/service.ts";
import { rawBadRequest, SAFE_SERVER } from "../shared/safe-response.ts";
import type { Cors } from "./http/cors.ts";
import { problemAnswer } from "./http/answers.ts";
import { Receiving } from "./http/receive-limit.ts";
import { logAnswer } from "./http/request-log.ts";
import { refusedEarly } from "./http/unread-body.ts";

export interface ServerOptions {
  readonly app: Hono;
  readonly host: string;
  readonly port: number;
  /** Which build this is, when that is known. */
  readonly build?: string | undefined;
  readonly cors: Pick<Cors, "allow">;
  readonly logger: Logger;
}

const IDLE_SWEEP_MS = 50;
/** Uploads may take hours: on shutdown, how long to wait for them to finish, in ms. */
const UPLOAD_END_MS = 2000;
const PROBLEM_TYPE = "application/problem+json";

/** The HTTP server: bounded in time for slow clients, patient with those that wait. */
export class HttpServer implements Service {
  readonly name = "http";
  readonly #options: ServerOptions;
  readonly #server: Server;
  readonly #receiving = new Receiving();
  #listening: Promise<unknown> | undefined;

  constructor(options: ServerOptions) {
    this.#options = options;
    const { app, cors, logger } = options;
    // A request without Host (legal in HTTP/1.0, and what simple health checks send) has this name.
    const listener = getRequestListener(answering(app.fetch, cors, logger), {
      hostname: "localhost",
      errorHandler: (error) => unservable(error, logger),
    });
    this.#server = createServer(
      {
        ...SAFE_SERVER,
        headersTimeout: 10_000,
        requestTimeout: 0, // `receive-limit.ts` bounds it: an upload may take hours
        keepAliveTimeout: 75_000, // longer than the idle time of common proxies
        connectionsCheckingInterval: 5000,
        noDelay: true,
        requireHostHeader: false,
        joinDuplicateHeaders: true, // or Node would take the first of two keys, in silence
      },
      (request, response) => {
        this.#receiving.take(request);
        void listener(request, response);
      },
    );
    this.#server.on("checkExpectation", (_request, response) => {
      const headers = { "content-type": PROBLEM_TYPE, "cache-control": "no-store" };
      response.writeHead(400, { ...headers, connection: "close" });
      response.end(problemText("Expect can only be 100-continue."));
    });
    this.#server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
      if (socket.writable) socket.end(protocolProblem(error.code));
      else socket.destroy();
    });
  }

  async start(): Promise<void> {
    if (this.#listening !== undefined) return;
    const { host, port, build, logger } = this.#options;
    this.#server.listen(port, host);
    await (this.#listening = once(this.#server, "listening"));
    await this.#receiving.start();
    logger.info({ address: this.#server.address(), build }, "listening");
  }

  /** Takes no new connections, waits for the answers under way, and for uploads only a moment. */
  async stop(deadline: AbortSignal): Promise<void> {
    this.#listening ??= Promise.resolve();
    await this.#receiving.stop();
    await this.#listening.catch(() => {}); // only what listens can be closed
    const { promise: closed, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());
    // A connection that is answered after this becomes idle, and would be kept for its next request.
    const sweep = setInterval(() => this.#server.closeIdleConnections(), IDLE_SWEEP_MS);
    const uploads = setTimeout(() => this.#receiving.end(), UPLOAD_END_MS);
    const onAbort = (): void => this.#server.closeAllConnections();
    deadline.addEventListener("abort", onAbort, { once: true });
    await closed;
    clearInterval(sweep);
    clearTimeout(uploads);
    deadline.removeEventListener("abort", onAbort);
  }
}

/** Logs answers, and sees to those that are given before the request has come in. */
function answering(
  fetch: Hono["fetch"],
  cors: Pick<Cors, "allow">,
  logger: Logger,
): (request: Request, node: HttpBindings | Http2Bindings) => Promise<Response> {
  return async (request, node) => {
    const startMs = performance.now();
    const response = await fetch(request, node);
    logAnswer(logger, request, node, { status: response.status, startMs });
    const { origin } = node.incoming.headers;
    if (origin !== undefined) cors.allow(response, origin, pathOf(node.incoming.url));
    return node.incoming.complete ? response : await refusedEarly(response, node.incoming);
  };
}

function pathOf(target = ""): string {
  const [path = ""] = target.split("?");
  return path;
}

/** What is not HTTP, or too slow, is answered with a problem document too. */
function protocolProblem(code: string | undefined): string {
  const message = code === undefined ? "" : ` (${code})`;
  const body = problemText(`This is not valid HTTP${message}.`);
  return rawBadRequest({ "content-type": PROBLEM_TYPE }, body);
}

/** Node takes for HTTP what makes no URL: a `Host` that is none, a target that is `*`. */
function unservable(error: unknown, logger: Logger): Response {
  if (error instanceof RequestError) {
    const { message } = error;
    return problemAnswer(toProblem(new ScoringError("bad_request", `${message}.`)));
  }
  logger.error({ err: error }, "request failed");
  return problemAnswer(toProblem(error));
}

function problemText(message: string): string {
  return JSON.stringify(toProblem(new ScoringError("bad_request", message)));
}
