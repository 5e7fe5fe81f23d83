import type { Clock } from "../../shared/clock.ts";
import { Every, type Service } from "../../shared/service.ts";
import type { Redis } from "../../shared/redis/connection.ts";
import { beat, leave, type Heartbeat as Beat } from "../../shared/lane/workers.ts";
import type { Logger } from "../../shared/log.ts";

const BEAT_MS = 2000;

export interface HeartbeatOptions {
  readonly redis: Redis;
  readonly clock: Clock;
  /** Unique to this process. */
  readonly worker: string;
  /** Asked at each beat. */
  readonly tell: () => Omit<Beat, "v" | "at_ms">;
  readonly logger: Logger;
}

/** Tells the gateways which versions this worker serves, and how they fare. */
export class Heartbeat implements Service {
  readonly name = "heartbeat";
  readonly #options: HeartbeatOptions;
  readonly #beats = new Every(BEAT_MS, () => this.#beatAgain());
  readonly start = async (): Promise<void> => this.#beats.start(async () => this.#beat());

  constructor(options: HeartbeatOptions) {
    this.#options = options;
  }

  async stop(): Promise<void> {
    await this.#beats.stop();
    const { redis, worker } = this.#options;
    if (redis.status === "ready") await leave(redis, worker);
  }

  #beatAgain(): void {
    this.#beat().catch((error: unknown) => this.#options.logger.warn({ err: error }, this.name));
  }

  async #beat(): Promise<void> {
    const { redis, clock, worker, tell } = this.#options;
    const message: Beat = { v: 1, at_ms: clock.now(), ...tell() };
    await beat(redis, worker, message);
  }
}
