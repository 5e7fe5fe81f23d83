import { ScoringError } from "../shared/error.ts";
import type { Logger } from "../shared/log.ts";
import { readMemory } from "../shared/queue/memory.ts";
import type { Redis } from "../shared/redis/connection.ts";
import type { Service } from "../shared/service.ts";

const LOOK_MS = 500;

/**
 * Refuses work well before Redis is full: at `maxmemory` locks can no longer be renewed, and jobs that
 * run would be run again.
 */
export class MemoryWatch implements Service {
  readonly name = "memory watch";
  readonly #redis: Redis;
  readonly #shareMax: number;
  readonly #logger: Logger;
  #share = 0;
  #timer: NodeJS.Timeout | undefined;

  /** @param shareMax of `maxmemory`, 0..1, above which nothing is taken in */
  constructor(redis: Redis, shareMax: number, logger: Logger) {
    this.#redis = redis;
    this.#shareMax = shareMax;
    this.#logger = logger;
  }

  async start(): Promise<void> {
    await this.#look();
    this.#timer = setInterval(() => void this.#look(), LOOK_MS);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.resolve();
  }

  /** @throws {ScoringError} `service_unavailable` */
  check(): void {
    if (this.#share < this.#shareMax) return;
    throw new ScoringError(
      "service_unavailable",
      "The job queue's memory is nearly used up; nothing was stored.",
    );
  }

  /** While Redis is away the last view stands. */
  async #look(): Promise<void> {
    try {
      const { usedBytes, maxBytes } = await readMemory(this.#redis);
      const share = maxBytes === 0 ? 0 : usedBytes / maxBytes;
      const wasRefusing = this.#share >= this.#shareMax;
      this.#share = share;
      const isRefusing = share >= this.#shareMax;
      if (isRefusing !== wasRefusing) this.#tell(isRefusing, usedBytes, maxBytes);
    } catch (error) {
      this.#logger.debug({ err: error }, this.name);
    }
  }

  #tell(isRefusing: boolean, usedBytes: number, maxBytes: number): void {
    if (isRefusing)
      this.#logger.warn({ usedBytes, maxBytes }, "Redis is nearly full, refusing jobs");
    else this.#logger.info({ usedBytes, maxBytes }, "Redis has room again");
  }
}
