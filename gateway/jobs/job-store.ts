import { randomUUID } from "node:crypto";
import { ScoringError } from "../../shared/error.ts";
import type { Idempotency, JobView } from "../../shared/job/record.ts";
import type { Quota } from "../../shared/job/quota.ts";
import type { DispatchQueue } from "../../shared/dispatch/dispatch-queue.ts";
import { keyReused, quotaExceeded, queueFull } from "../../shared/job/refusals.ts";
import { eraseJob } from "../../shared/job/erase.ts";
import { findBound } from "../../shared/job/idempotency.ts";
import { failure } from "../../shared/job/outcome.ts";
import type { Settler } from "../../shared/job/settle.ts";
import { workKeys as keys } from "../../shared/redis/keys.ts";
import { listIds, type ListingEntry, type ListingWindow } from "../../shared/redis/listing.ts";
import { retryJob, type RetryVerdict } from "../../shared/job/retry.ts";
import type { Redis } from "../../shared/redis/connection.ts";
import { reachOr } from "../../shared/redis/reach.ts";

const reach = reachOr("The job queue cannot be reached at the moment.");

export interface JobStoreOptions {
  readonly redis: Redis;
  readonly queue: DispatchQueue;
  readonly quota: Quota;
  readonly settler: Settler;
}

/** The rarer moves of a job, each one call into `shared/job`, with their errors as ours. */
export class JobStore {
  readonly #options: JobStoreOptions;

  constructor(options: JobStoreOptions) {
    this.#options = options;
  }

  /**
   * @returns the id of the job that the key is bound to, if any
   * @throws {ScoringError} `idempotency_key_reused`
   */
  async findBound(idempotency: Idempotency): Promise<string | undefined> {
    const bound = await reach(findBound(this.#options.redis, idempotency));
    if (bound === "reused") throw keyReused();
    return bound?.id;
  }

  /** @throws {ScoringError} `queue_full`, `quota_exceeded` */
  async retry(job: JobView): Promise<Exclude<RetryVerdict, "queue_full" | "tenant_full">> {
    const { redis, queue, quota } = this.#options;
    const verdict = await reach(retryJob(redis, queue, { job, quota, token: randomUUID() }));
    if (verdict === "queue_full") throw queueFull(job.model);
    if (verdict === "tenant_full") throw quotaExceeded();
    return verdict;
  }

  /** Ends a job, unless it has ended. */
  async cancel({
    id,
    model,
    class: jobClass,
  }: Pick<JobView, "id" | "model" | "class">): Promise<void> {
    const reason = new ScoringError("canceled", "The job was canceled on request.");
    const outcome = failure(reason, undefined, "canceled");
    const lane = { model, class: jobClass };
    await this.#options.settler.settle({ id, lane, attempt: undefined, outcome });
  }

  async erase(id: string, tenant: string): ReturnType<typeof eraseJob> {
    return reach(eraseJob(this.#options.redis, id, tenant));
  }

  async list(tenant: string, window: ListingWindow): Promise<readonly ListingEntry[]> {
    return reach(listIds(this.#options.redis, keys.jobs(tenant), window));
  }
}
