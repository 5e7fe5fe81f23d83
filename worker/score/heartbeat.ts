import type { Redis } from "../../shared/redis/connection.ts";
import {
  beat,
  leave,
  type Heartbeat as Beat,
  type VersionState,
} from "../../shared/queue/workers.ts";
import type { Logger } from "../../shared/log.ts";
import type { Service } from "../../shared/service.ts";

const BEAT_MS = 2000;

/** Tells the gateways which versions this worker serves, and how they fare. */
export class Heartbeat implements Service {
  readonly name = "heartbeat";
  readonly #redis: Redis;
  readonly #worker: string;
  readonly #states: () => Readonly<Record<string, VersionState>>;
  readonly #logger: Logger;
  #timer: NodeJS.Timeout | undefined;

  /** @param states by model version, asked at each beat */
  constructor(
    redis: Redis,
    worker: string,
    states: () => Readonly<Record<string, VersionState>>,
    logger: Logger,
  ) {
    this.#redis = redis;
    this.#worker = worker;
    this.#states = states;
    this.#logger = logger;
  }

  async start(): Promise<void> {
    await this.#beat();
    this.#timer = setInterval(() => {
      this.#beat().catch((error: unknown) => this.#logger.warn({ err: error }, "heartbeat"));
    }, BEAT_MS);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    if (this.#redis.status === "ready") await leave(this.#redis, this.#worker);
  }

  async #beat(): Promise<void> {
    const message: Beat = { v: 1, at_ms: Date.now(), versions: this.#states() };
    await beat(this.#redis, this.#worker, message);
  }
}
