import type { Clock } from "../../shared/clock.ts";
import { Every, type Service } from "../../shared/service.ts";
import { type Logger, reasonOf } from "../../shared/log.ts";
import type { DispatchQueue } from "../../shared/dispatch/dispatch-queue.ts";
import type { Shifts } from "../../shared/lane/shifts.ts";
import { announceBatches } from "../../shared/batch/news.ts";
import { tendBatches } from "../../shared/batch/sweep.ts";
import { endOverdue } from "../../shared/job/due.ts";
import { redispatch, StallWatch } from "../../shared/dispatch/stalls.ts";
import { mendLoads } from "../../shared/job/load-mend.ts";
import { ListingTrim } from "../../shared/redis/listing.ts";
import { leave, readWorkers } from "../../shared/lane/workers.ts";
import type { Redis } from "../../shared/redis/connection.ts";
import type { CourierMetrics, JanitorRound } from "./metrics.ts";

export interface JanitorOptions {
  readonly redis: Redis;
  readonly queue: DispatchQueue;
  readonly shifts: Shifts;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: CourierMetrics;
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
  readonly #rounds: readonly Every[];

  constructor(options: JanitorOptions) {
    this.#options = options;
    const { redis, stallCheckMs, logger, metrics } = options;
    this.#stalls = new StallWatch(redis, stallCheckMs, logger, () =>
      metrics.healed("dispatch_stalled"),
    );
    this.#listings = new ListingTrim(options.redis);
    this.#rounds = [
      new Every(SWEEP_MS, async () => metrics.round("sweep", async () => this.#sweep())),
      new Every(DUE_MS, async () =>
        metrics.round("due", async () => this.#try("due", async () => this.#endOverdue())),
      ),
    ];
  }

  async start(): Promise<void> {
    await this.#stalls.watchAll();
    for (const round of this.#rounds) await round.start();
  }

  async stop(): Promise<void> {
    await Promise.all(this.#rounds.map(async (round) => round.stop()));
    await this.#stalls.close();
  }

  async #endOverdue(): Promise<void> {
    const { redis, logger, metrics } = this.#options;
    const ended = await endOverdue(redis, metrics.jobEnded);
    if (ended === 0) return;
    metrics.healed("job_overdue", ended);
    logger.info({ jobs: ended }, "overdue jobs ended");
  }

  /** One duty that fails must not keep the others from being done. */
  async #sweep(): Promise<void> {
    const { redis, queue, shifts, clock, logger, metrics } = this.#options;
    const duties = [
      async () => {
        const added = await redispatch(redis, queue);
        if (added === 0) return;
        metrics.healed("dispatch_added", added);
        logger.warn({ dispatches: added }, "missing dispatches added");
      },
      async () => tendBatches({ redis, shifts }),
      async () => announceBatches(redis),
      async () => this.#stalls.watchAll(),
      async () => this.#mendLoads(),
      async () => this.#listings.sweep(),
      async () => {
        const { silent } = await readWorkers(redis, clock.now());
        for (const worker of silent) await leave(redis, worker);
        metrics.healed("worker_silent", silent.length);
      },
    ];
    for (const duty of duties) await this.#try("sweep", duty);
  }

  async #mendLoads(): Promise<void> {
    const { redis, logger, metrics } = this.#options;
    for (const mended of await mendLoads(redis)) {
      metrics.healed("load_missing", mended.added);
      metrics.healed("load_surplus", mended.removed);
      metrics.healed("count_at_rest", mended.zeroed);
      logger.warn(mended, "counts of a lane mended");
    }
  }

  async #try(round: JanitorRound, duty: () => Promise<unknown>): Promise<void> {
    await duty().catch((error: unknown) => {
      // Errors of Redis carry the whole script that failed.
      const reason = reasonOf(error);
      this.#options.logger.warn({ reason }, "janitor");
      this.#options.metrics.dutyFailed(round);
    });
  }
}
