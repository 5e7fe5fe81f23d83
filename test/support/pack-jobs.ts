import assert from "node:assert/strict";
import type { Redis } from "ioredis";
import { ScoringError } from "../../shared/error.ts";
import { failure } from "../../shared/job/outcome.ts";
import type { JobView, Sought } from "../../shared/job/view.ts";
import type { Lane } from "../../shared/lane.ts";
import { readFlow } from "../../shared/lane/flow.ts";
import { endJob, type EndVerdict } from "../../shared/pack/end.ts";
import { readJobs } from "../../shared/pack/read.ts";
import { requeue, type RetryVerdict } from "../../shared/pack/retry.ts";
import { acceptPacks, newPack, type JobOfPack } from "./accepted.ts";
import { quota } from "./jobs.ts";
import { keys } from "./redis-keys.ts";

export const CANCEL = failure(new ScoringError("canceled", "No more."), undefined, "canceled");

export function texts(...all: string[]): readonly JobOfPack[] {
  return all.map((text) => ({ text }));
}

/** What tests do with single jobs of packs of a lane. Without a tenant they are of `default`. */
export class PackJobs {
  readonly #redis: Redis;
  readonly #lane: Lane;

  constructor(redis: Redis, lane: Lane) {
    this.#redis = redis;
    this.#lane = lane;
  }

  /** @returns ids of the jobs of a pack */
  async accept(jobs: readonly JobOfPack[], isTaken = false): Promise<string[]> {
    const pack = newPack(this.#lane, jobs, { isTaken });
    const [verdicts = []] = await acceptPacks(this.#redis, this.#lane, [pack]);
    assert.ok(verdicts.every(({ kind }) => kind === "accepted"));
    return pack.jobs.map(({ id }) => id);
  }

  async look(id = "", tenant = "default"): Promise<Sought> {
    return (await readJobs(this.#redis, "", [{ id, tenant, mode: "read" }]))[0];
  }

  /** @throws when it is not there */
  async read(id = "", tenant = "default"): Promise<JobView> {
    const found = await this.look(id, tenant);
    assert.ok(typeof found === "object");
    return found;
  }

  async statuses(ids: readonly string[]): Promise<readonly (string | undefined)[]> {
    const found = await Promise.all(ids.map(async (id) => this.look(id)));
    return found.map((job) => (typeof job === "object" ? job.status : job));
  }

  async cancel(id = "", tenant = "default"): Promise<EndVerdict> {
    return endJob(this.#redis, { id, tenant, outcome: CANCEL });
  }

  async retry(id = "", token = "t1", more = {}): Promise<RetryVerdict> {
    const job = { ...(await this.read(id)), ...this.#lane };
    return (await requeue(this.#redis, { job, quota: quota(more), token })).verdict;
  }

  /** What is counted of a tenant, and of the lane. */
  async counts(tenant = "default"): Promise<Record<string, unknown>> {
    const [jobs, bytes] = await this.#redis.mget(
      keys.tenant(`${tenant}:jobs`),
      keys.tenant(`${tenant}:bytes`),
    );
    return {
      jobs,
      bytes,
      load: await this.#redis.llen(keys.load(this.#lane)),
      running: (await readFlow(this.#redis, this.#lane, 0)).running,
    };
  }
}
