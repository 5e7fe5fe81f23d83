import { createServer, type Server } from "node:http";
import { once } from "node:events";
import { getRequestListener } from "@hono/node-server";
import type { Hono } from "hono";
import type { Logger } from "../shared/log.ts";
import type { Service } from "../shared/service.ts";

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
    const listener = getRequestListener(options.app.fetch);
    this.#server = createServer(
      {
        headersTimeout: 10_000,
        requestTimeout: 120_000, // for receiving; an answer may take as long as its wait
        keepAliveTimeout: 75_000, // longer than the idle time of common proxies
        connectionsCheckingInterval: 5000,
        noDelay: true,
      },
      (request, response) => void listener(request, response),
    );
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
