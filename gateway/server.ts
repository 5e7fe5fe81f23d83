import { createServer, type Server } from "node:http";
import { once } from "node:events";
import { getRequestListener } from "@hono/node-server";
import type { Hono } from "hono";
import { ScoringError, toProblem } from "../shared/error.ts";
import type { Logger } from "../shared/log.ts";
import type { Service } from "../shared/service.ts";
import { logged } from "./request-log.ts";

export interface ServerOptions {
  readonly app: Hono;
  readonly host: string;
  readonly port: number;
  readonly logger: Logger;
}

const IDLE_SWEEP_MS = 50;

/** The HTTP server: bounded in time for slow clients, patient with those that wait. */
export class HttpServer implements Service {
  readonly name = "http";
  readonly #options: ServerOptions;
  readonly #server: Server;

  constructor(options: ServerOptions) {
    this.#options = options;
    const { app, logger } = options;
    // A request without Host (legal in HTTP/1.0, and what simple health checks send) has this name.
    const listener = getRequestListener(logged(app.fetch, logger), { hostname: "localhost" });
    this.#server = createServer(
      {
        headersTimeout: 10_000,
        requestTimeout: 120_000, // for receiving; an answer may take as long as its wait
        keepAliveTimeout: 75_000, // longer than the idle time of common proxies
        connectionsCheckingInterval: 5000,
        noDelay: true,
        requireHostHeader: false,
      },
      (request, response) => void listener(request, response),
    );
    this.#server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
      if (socket.writable) socket.end(protocolProblem(error.code));
      else socket.destroy();
    });
  }

  async start(): Promise<void> {
    const { host, port, logger } = this.#options;
    this.#server.listen(port, host);
    await once(this.#server, "listening");
    logger.info({ address: this.#server.address() }, "listening");
  }

  /** Takes no new connections, and waits for the answers under way. */
  async stop(deadline: AbortSignal): Promise<void> {
    const { promise: closed, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());
    // A connection that is answered after this becomes idle, and would be kept for its next request.
    const sweep = setInterval(() => this.#server.closeIdleConnections(), IDLE_SWEEP_MS);
    const onAbort = (): void => this.#server.closeAllConnections();
    deadline.addEventListener("abort", onAbort, { once: true });
    await closed;
    clearInterval(sweep);
    deadline.removeEventListener("abort", onAbort);
  }
}

/** What is not HTTP, or too slow, is answered with a problem document too. */
function protocolProblem(code: string | undefined): string {
  const message = code === undefined ? "" : ` (${code})`;
  const problem = toProblem(new ScoringError("bad_request", `This is not valid HTTP${message}.`));
  const body = JSON.stringify(problem);
  const head = [
    "HTTP/1.1 400 Bad Request",
    "Content-Type: application/problem+json",
    `Content-Length: ${Buffer.byteLength(body)}`,
    "Connection: close",
  ];
  return `${head.join("\r\n")}\r\n\r\n${body}`;
}
