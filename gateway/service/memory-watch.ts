import { ScoringError } from "../../shared/error.ts";
import { Every, type Service } from "../../shared/service.ts";
import type { Logger } from "../../shared/log.ts";
import { readMemory, type Memory } from "../../shared/redis/info.ts";
import type { Redis } from "../../shared/redis/connection.ts";

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
  #seen: Memory = { usedBytes: 0, maxBytes: 0 };
  readonly #looks = new Every(LOOK_MS, () => void this.#look());
  readonly start = async (): Promise<void> => this.#looks.start(async () => this.#look());
  readonly stop = this.#looks.stop;

  /** @param shareMax of `maxmemory`, 0..1, above which nothing is taken in */
  constructor(redis: Redis, shareMax: number, logger: Logger) {
    this.#redis = redis;
    this.#shareMax = shareMax;
    this.#logger = logger;
  }

  /** What Redis said when it was last asked. */
  get seen(): Memory {
    return this.#seen;
  }

  /** @throws {ScoringError} `service_unavailable` */
  check(): void {
    if (!this.#isRefusing) return;
    throw new ScoringError(
      "service_unavailable",
      "The job queue is nearly out of memory; nothing was stored.",
    );
  }

  /** While Redis is away the last view stands. */
  async #look(): Promise<void> {
    try {
      const seen = await readMemory(this.#redis);
      const wasRefusing = this.#isRefusing;
      this.#seen = seen;
      if (this.#isRefusing !== wasRefusing) this.#tell(this.#isRefusing, seen);
    } catch (error) {
      this.#logger.debug({ err: error }, this.name);
    }
  }

  get #isRefusing(): boolean {
    const { usedBytes, maxBytes } = this.#seen;
    return maxBytes > 0 && usedBytes / maxBytes >= this.#shareMax;
  }

  #tell(isRefusing: boolean, { usedBytes, maxBytes }: Memory): void {
    if (isRefusing)
      this.#logger.warn({ usedBytes, maxBytes }, "Redis is nearly full, refusing jobs");
    else this.#logger.info({ usedBytes, maxBytes }, "Redis has room again");
  }
}
