import type { Clock } from "../../shared/clock.ts";
import type { Logger } from "../../shared/log.ts";
import type { DispatchQueue } from "../../shared/queue/dispatch-queue.ts";
import { redispatch, StallWatch } from "../../shared/queue/janitor.ts";
import { leave, readWorkers } from "../../shared/queue/workers.ts";
import type { Redis } from "../../shared/redis/connection.ts";
import type { Service } from "../../shared/service.ts";

export interface JanitorOptions {
  readonly redis: Redis;
  readonly queue: DispatchQueue;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Between two looks at what stalled, in ms. */
  readonly stallCheckMs: number;
}

const SWEEP_MS = 1000;

/** Heals what crashes leave behind, also while no worker lives. */
export class Janitor implements Service {
  readonly name = "janitor";
  readonly #options: JanitorOptions;
  readonly #stalls: StallWatch;
  #timer: NodeJS.Timeout | undefined;
  #sweeping: Promise<void> = Promise.resolve();
  #isStopping = false;

  constructor(options: JanitorOptions) {
    this.#options = options;
    this.#stalls = new StallWatch(options.redis, options.stallCheckMs, options.logger);
  }

  async start(): Promise<void> {
    await this.#stalls.watchAll();
    this.#next();
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    clearTimeout(this.#timer);
    await this.#sweeping;
    await this.#stalls.close();
  }

  #next(): void {
    if (this.#isStopping) return;
    this.#timer = setTimeout(() => {
      this.#sweeping = this.#sweep().finally(() => this.#next());
    }, SWEEP_MS);
  }

  /** One duty that fails must not keep the others from being done. */
  async #sweep(): Promise<void> {
    const { redis, queue, clock, logger } = this.#options;
    const duties = [
      async () => {
        const added = await redispatch(redis, queue, clock);
        if (added > 0) logger.warn({ dispatches: added }, "missing dispatches added");
      },
      async () => this.#stalls.watchAll(),
      async () => {
        const { silent } = await readWorkers(redis, clock.now());
        for (const worker of silent) await leave(redis, worker);
      },
    ];
    for (const duty of duties) {
      await duty().catch((error: unknown) => logger.warn({ err: error }, "janitor"));
    }
  }
}
