import type { Clock } from "../../shared/clock.ts";
import type { Logger } from "../../shared/log.ts";
import type { DispatchQueue } from "../../shared/queue/dispatch-queue.ts";
import { tendBatches } from "../../shared/queue/batch-sweep.ts";
import { endOverdue } from "../../shared/queue/due.ts";
import { redispatch, StallWatch } from "../../shared/queue/janitor.ts";
import { ListingTrim } from "../../shared/queue/listing.ts";
import { leave, readWorkers } from "../../shared/queue/workers.ts";
import type { Redis } from "../../shared/redis/connection.ts";
import type { Service } from "../../shared/service.ts";
import { Round } from "./round.ts";

export interface JanitorOptions {
  readonly redis: Redis;
  readonly queue: DispatchQueue;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Between two looks at what stalled, in ms. */
  readonly stallCheckMs: number;
}

const SWEEP_MS = 1000;
/** Between two looks at deadlines, in ms. */
const DUE_MS = 250;

/** Heals what crashes leave behind, also while no worker lives. */
export class Janitor implements Service {
  readonly name = "janitor";
  readonly #options: JanitorOptions;
  readonly #stalls: StallWatch;
  readonly #listings: ListingTrim;
  readonly #rounds: readonly Round[];

  constructor(options: JanitorOptions) {
    this.#options = options;
    this.#stalls = new StallWatch(options.redis, options.stallCheckMs, options.logger);
    this.#listings = new ListingTrim(options.redis);
    this.#rounds = [
      new Round(SWEEP_MS, async () => this.#sweep()),
      new Round(DUE_MS, async () => this.#try(async () => this.#endOverdue())),
    ];
  }

  async start(): Promise<void> {
    await this.#stalls.watchAll();
    for (const round of this.#rounds) round.start();
  }

  async stop(): Promise<void> {
    await Promise.all(this.#rounds.map(async (round) => round.stop()));
    await this.#stalls.close();
  }

  async #endOverdue(): Promise<void> {
    const { redis, clock, logger } = this.#options;
    const ended = await endOverdue(redis, clock.now());
    if (ended > 0) logger.info({ jobs: ended }, "overdue jobs ended");
  }

  /** One duty that fails must not keep the others from being done. */
  async #sweep(): Promise<void> {
    const { redis, queue, clock, logger } = this.#options;
    const duties = [
      async () => {
        const added = await redispatch(redis, queue, clock);
        if (added > 0) logger.warn({ dispatches: added }, "missing dispatches added");
      },
      async () => tendBatches({ redis, queue, clock }),
      async () => this.#stalls.watchAll(),
      async () => this.#listings.sweep(),
      async () => {
        const { silent } = await readWorkers(redis, clock.now());
        for (const worker of silent) await leave(redis, worker);
      },
    ];
    for (const duty of duties) await this.#try(duty);
  }

  async #try(duty: () => Promise<unknown>): Promise<void> {
    await duty().catch((error: unknown) => {
      // Errors of Redis carry the whole script that failed.
      const reason = error instanceof Error ? error.message : String(error);
      this.#options.logger.warn({ reason }, "janitor");
    });
  }
}
