import { randomUUID } from "node:crypto";
import { ScoringError } from "../../shared/error.ts";
import type { Idempotency } from "../../shared/job/new-job.ts";
import type { JobView } from "../../shared/job/view.ts";
import type { Quota } from "../../shared/job/quota.ts";
import type { Shifts } from "../../shared/lane/shifts.ts";
import { keyReused, queueFull, queuePaused, quotaExceeded } from "../../shared/job/refusals.ts";
import { findBound, type Bound } from "../../shared/job/idempotency.ts";
import { failure } from "../../shared/job/outcome.ts";
import { Tick } from "../../shared/job/tick.ts";
import { endJob } from "../../shared/pack/end.ts";
import { eraseJob } from "../../shared/pack/erase.ts";
import { labelJob, type Label, type Labeled } from "../../shared/pack/label.ts";
import { listJobs } from "../../shared/pack/list.ts";
import { retryJob, type RetryVerdict } from "../../shared/pack/retry.ts";
import type { ListingEntry, ListingWindow } from "../../shared/redis/listing.ts";
import type { Redis } from "../../shared/redis/connection.ts";
import { reachOr } from "../../shared/redis/reach.ts";
import { countTruth, type Truth } from "../../shared/shadow/truth.ts";
import type { GatewayMetrics } from "../http/metrics.ts";

const reach = reachOr("The job queue cannot be reached at the moment.");

export interface JobStoreOptions {
  readonly redis: Redis;
  readonly shifts: Shifts;
  readonly quota: Quota;
  readonly metrics: Pick<GatewayMetrics, "jobEnded">;
}

/** The rarer moves of a job, each one call into `shared/pack`, with their errors as ours. */
export class JobStore {
  readonly #options: JobStoreOptions;
  /** One look for all that come in a turn of the event loop. */
  readonly #bound = new Tick<Idempotency, Bound>(
    () => "",
    async (wanted) => reach(findBound(this.#options.redis, wanted)),
  );

  constructor(options: JobStoreOptions) {
    this.#options = options;
  }

  /**
   * @returns the id of the job that the key is bound to, if any
   * @throws {ScoringError} `idempotency_key_reused`
   */
  async findBound(idempotency: Idempotency): Promise<string | undefined> {
    const bound = await this.#bound.add(idempotency);
    if (bound === "reused") throw keyReused();
    return bound?.id;
  }

  /** @throws {ScoringError} `queue_full`, `queue_paused`, `quota_exceeded` */
  async retry(
    job: JobView,
  ): Promise<Exclude<RetryVerdict, "queue_full" | "tenant_full" | "paused">> {
    const { redis, shifts, quota } = this.#options;
    const verdict = await reach(retryJob(redis, shifts, { job, quota, token: randomUUID() }));
    if (verdict === "queue_full") throw queueFull(job.model);
    if (verdict === "paused") throw queuePaused();
    if (verdict === "tenant_full") throw quotaExceeded();
    return verdict;
  }

  /** Ends a job, unless it has ended. */
  async cancel(job: Pick<JobView, "id" | "tenant" | "attempt" | "model" | "class">): Promise<void> {
    const { redis, metrics } = this.#options;
    const { id, tenant, attempt, model, class: jobClass } = job;
    const reason = new ScoringError("canceled", "The job was canceled on request.");
    const outcome = failure(reason, undefined, "canceled");
    const verdict = await reach(endJob(redis, { id, tenant, attempt, outcome }));
    if (verdict === "ended") metrics.jobEnded({ lane: { model, class: jobClass }, outcome });
  }

  async erase(id: string, tenant: string): ReturnType<typeof eraseJob> {
    return reach(eraseJob(this.#options.redis, id, tenant));
  }

  /** Keeps what a job should have answered. */
  async label(label: Label): Promise<Labeled> {
    return reach(labelJob(this.#options.redis, label));
  }

  /** Counts what is known now of the shadows that were compared with a job. */
  async countTruth(truth: Truth): Promise<void> {
    return reach(countTruth(this.#options.redis, truth));
  }

  async list(tenant: string, window: ListingWindow): Promise<readonly ListingEntry[]> {
    return reach(listJobs(this.#options.redis, tenant, window));
  }
}
