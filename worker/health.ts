import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { Every, type Service } from "../shared/service.ts";
import type { Logger } from "../shared/log.ts";
import { KeptText } from "../shared/kept.ts";
import { METRICS_KEPT_MS, METRICS_TYPE } from "../shared/metrics.ts";
import type { Redis } from "../shared/redis/connection.ts";
import type { RedisClock } from "../shared/redis/redis-clock.ts";
import { rawBadRequest, SAFE_SERVER } from "../shared/safe-response.ts";

export interface HealthOptions {
  readonly host: string;
  /** 0: no server at all. */
  readonly port: number;
  readonly redis: Redis;
  readonly clock: RedisClock;
  readonly logger: Logger;
  /** Figures in Prometheus' format. */
  readonly metrics: () => Promise<string>;
}

/** Between two looks at Redis, in ms. */
const LOOK_MS = 2000;
/** Without a word of Redis for this long the process is not ready, in ms. */
const SILENT_MS = 10_000;

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

/**
 * The HTTP of a role that serves no API: probes and metrics. Starts first and stops last, so that
 * probes are answered all the while; what `ready` says is its own service, the last to start.
 *
 * `/healthz` never asks Redis: an outage of it must not have every worker restarted.
 */
export class HealthServer implements Service {
  readonly name = "health";
  readonly #options: HealthOptions;
  readonly #server: Server;
  readonly #figures: KeptText;
  #isStarted: boolean | undefined;
  #listening: Promise<unknown> | undefined;
  #contactMs = performance.now();
  readonly #looks = new Every(LOOK_MS, () => this.#look());
  readonly start = async (): Promise<void> => this.#looks.start(async () => this.#listen());

  constructor(options: HealthOptions) {
    this.#options = options;
    this.#figures = new KeptText(options.metrics, METRICS_KEPT_MS);
    this.#server = createServer({
      ...SAFE_SERVER,
      requestTimeout: 10_000,
      requireHostHeader: false, // legal in HTTP/1.0, and what simple health checks send
    });
    const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
      this.#answer(request, response).catch((error: unknown) => {
        options.logger.error({ err: error }, this.name);
        response.destroy();
      });
    };
    this.#server.on("request", onRequest);
    this.#server.on("checkExpectation", onRequest); // nothing here depends on it
    this.#server.on("clientError", (_error, socket) => {
      if (socket.writable) socket.end(rawBadRequest({}, ""));
      else socket.destroy();
    });
  }

  /** To be started last and stopped first: in between, and with Redis there, the process is ready. */
  get readiness(): Service {
    return {
      name: "readiness",
      start: async () => void (this.#isStarted ??= true),
      stop: async () => void (this.#isStarted = false),
    };
  }

  async stop(): Promise<void> {
    await this.#looks.stop();
    await this.#listening?.catch(() => {}); // only what listens can be closed
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #listen(): Promise<void> {
    const { host, port, logger } = this.#options;
    if (port === 0) return;
    this.#look();
    this.#server.listen(port, host);
    await (this.#listening = once(this.#server, "listening"));
    logger.info({ address: this.#server.address() }, "health: listening");
  }

  /** While Redis is away the commands wait for it, one a look; none is sent before it was there. */
  #look(): void {
    const { redis, port } = this.#options;
    if (port === 0 || redis.status !== "ready") return;
    redis.ping().then(
      () => (this.#contactMs = performance.now()),
      () => {}, // its age tells
    );
  }

  async #answer(
    { method = "", url = "" }: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const isRead = method === "GET" || method === "HEAD";
    const { status, type, body } = isRead
      ? await this.#page(url.split("?")[0] ?? "")
      : jsonPage(405, { status: "only GET is allowed" });
    const allow = status === 405 ? { allow: "GET, HEAD" } : {};
    response.writeHead(status, { "content-type": type, "cache-control": "no-store", ...allow });
    response.end(body);
  }

  async #page(path: string): Promise<Answer> {
    switch (path) {
      case "/healthz":
        return jsonPage(200, { status: "ok" });
      case "/readyz":
        return this.#readiness();
      case "/metrics":
        return { status: 200, type: METRICS_TYPE, body: await this.#figures.read() };
      default:
        return jsonPage(404, { status: "there are /healthz, /readyz and /metrics" });
    }
  }

  #readiness(): Answer {
    const ageMs = performance.now() - this.#contactMs;
    const redis = this.#options.redis.status === "ready" && ageMs < SILENT_MS;
    const { clock } = this.#options;
    const checks = { redis, started: this.#isStarted === true, clock: clock.isUsable };
    const isReady = Object.values(checks).every(Boolean);
    const status = isReady ? "ready" : "not ready";
    return jsonPage(isReady ? 200 : 503, {
      status,
      checks,
      redis_contact_age_ms: Math.round(ageMs),
      clock_skew_ms: clock.skewMs,
    });
  }
}

function jsonPage(status: number, body: unknown): Answer {
  return { status, type: "application/json", body: `${JSON.stringify(body)}\n` };
}
