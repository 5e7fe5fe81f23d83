import type { Clock } from "../../shared/clock.ts";
import { Every, type Service } from "../../shared/service.ts";
import { type Logger, reasonOf } from "../../shared/log.ts";
import type { Shifts } from "../../shared/lane/shifts.ts";
import { announceBatches } from "../../shared/batch/news.ts";
import { tendBatches } from "../../shared/batch/sweep.ts";
import { LaneSampler } from "../../shared/lane/history.ts";
import { mendShifts } from "../../shared/lane/mend-shifts.ts";
import { lookAfterPauses } from "../../shared/pack/after-pause.ts";
import { endOverdue, type EndedJobs } from "../../shared/pack/due.ts";
import { trimReady } from "../../shared/pack/ready-trim.ts";
import { Reaper } from "../../shared/pack/reap.ts";
import { mendLoads } from "../../shared/pack/load-mend.ts";
import { ListingTrim } from "../../shared/redis/listing.ts";
import { rewriteLog } from "../../shared/redis/log-rewrite.ts";
import { leave, readWorkers } from "../../shared/lane/workers.ts";
import type { Redis } from "../../shared/redis/connection.ts";
import type { CourierMetrics, JanitorRound } from "./metrics.ts";

export interface JanitorOptions {
  readonly redis: Redis;
  readonly shifts: Shifts;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: CourierMetrics;
}

const SWEEP_MS = 1000;
/** Between two looks at deadlines, in ms. */
const DUE_MS = 250;
/** Between two looks at workers' leases, and for shifts that are missing, in ms. */
const LEASE_LOOK_MS = 500;

/** Heals what crashes leave behind, also while no worker lives. */
export class Janitor implements Service {
  readonly name = "janitor";
  readonly #options: JanitorOptions;
  readonly #listings: ListingTrim;
  readonly #reaper: Reaper;
  readonly #sampler: LaneSampler;
  readonly #rounds: readonly Every[];

  constructor(options: JanitorOptions) {
    this.#options = options;
    this.#listings = new ListingTrim(options.redis);
    this.#reaper = new Reaper(options.redis, options.shifts);
    this.#sampler = new LaneSampler(options.redis);
    this.#rounds = [
      this.#round("sweep", SWEEP_MS, [
        async () => tendBatches({ redis: options.redis, shifts: options.shifts }),
        async () => announceBatches(options.redis),
        async () => this.#mendLoads(),
        async () => this.#listings.sweep(),
        async () => trimReady(options.redis),
        async () => lookAfterPauses(options.redis),
        async () => this.#sampler.look(),
        async () => this.#forgetSilent(),
        async () => this.#rewriteLog(),
      ]),
      this.#round("due", DUE_MS, [async () => this.#endOverdue()]),
      this.#round("lease", LEASE_LOOK_MS, [
        async () => this.#reap(),
        async () => this.#mendShifts(),
      ]),
    ];
  }

  async start(): Promise<void> {
    for (const round of this.#rounds) await round.start();
  }

  async stop(): Promise<void> {
    await Promise.all(this.#rounds.map(async (round) => round.stop()));
  }

  /** One duty that fails must not keep the others from being done. */
  #round(round: JanitorRound, everyMs: number, duties: readonly (() => Promise<unknown>)[]): Every {
    const { metrics } = this.#options;
    return new Every(everyMs, async () =>
      metrics.round(round, async () => {
        for (const duty of duties) await this.#try(round, duty);
      }),
    );
  }

  async #endOverdue(): Promise<void> {
    const { redis, logger, metrics } = this.#options;
    const ended = await endOverdue(redis, this.#count);
    if (ended === 0) return;
    metrics.healed("job_overdue", ended);
    logger.info({ jobs: ended }, "overdue jobs ended");
  }

  async #reap(): Promise<void> {
    const { logger, metrics } = this.#options;
    const { runs, packs, ended } = await this.#reaper.look();
    for (const it of ended) this.#count(it);
    metrics.healed("pack_lost", packs);
    if (runs > 0) logger.warn({ workers: runs, packs }, "work of lost workers waits again");
  }

  async #mendShifts(): Promise<void> {
    const { redis, shifts, metrics } = this.#options;
    metrics.healed("shift_added", await mendShifts(redis, shifts));
  }

  async #forgetSilent(): Promise<void> {
    const { redis, clock, metrics } = this.#options;
    const { silent } = await readWorkers(redis, clock.now());
    for (const worker of silent) await leave(redis, worker);
    metrics.healed("worker_silent", silent.length);
  }

  async #rewriteLog(): Promise<void> {
    const { redis, logger } = this.#options;
    const rewrite = await rewriteLog(redis);
    if (rewrite === "asked") {
      logger.info("Redis writes its append-only file anew, without what was erased");
    } else if (rewrite !== "none") {
      const reason = rewrite.refused;
      logger.warn({ reason }, "what was erased stays in the append-only file for now");
    }
  }

  readonly #count = ({ lane, status, code, count }: EndedJobs): void =>
    this.#options.metrics.jobEnded({ lane, outcome: { status, code } }, count);

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
      this.#options.logger.warn({ reason: reasonOf(error) }, "janitor");
      this.#options.metrics.dutyFailed(round);
    });
  }
}
