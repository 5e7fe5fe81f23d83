import type { Redis } from "ioredis";
import type { JobView } from "../job/view.ts";
import { workKeys } from "../redis/keys.ts";
import { listIds, type ListingEntry } from "../redis/listing.ts";
import { listedJobs } from "./list.ts";
import { readJobs } from "./read.ts";

/** Packs that one step looks at. */
const PACKS_A_STEP = 100;
/** Jobs that are read at a time. */
const JOBS_A_READ = 100;

export interface FailedWindow {
  readonly tenant: string;
  /** Name of a lane; undefined: all. */
  readonly lane: string | undefined;
  /** When they failed, epoch ms, both inclusive. */
  readonly sinceMs: number;
  readonly untilMs: number;
  /** Where the step before ended; undefined: begins with the newest pack. */
  readonly after: ListingEntry | undefined;
}

export interface FailedStep {
  readonly jobs: readonly JobView[];
  /** Undefined: there are no more packs. */
  readonly next: ListingEntry | undefined;
}

/**
 * One step of a walk over a tenant's packs that are kept, newest first: the jobs of some that failed within a time. What
 * was created since it began is left out.
 *
 * @throws when Redis refused, or its reply was lost
 */
export async function failedJobs(redis: Redis, window: FailedWindow): Promise<FailedStep> {
  const { tenant, after, untilMs } = window;
  const packs = await listIds(redis, workKeys.jobs(tenant), {
    after,
    createdAfterMs: undefined,
    createdBeforeMs: untilMs + 1,
    count: PACKS_A_STEP,
  });
  const ids = (await Promise.all(packs.map(async (it) => candidatesOf(redis, it, window)))).flat();
  const jobs: JobView[] = [];
  for (let i = 0; i < ids.length; i += JOBS_A_READ) {
    const asked = ids.slice(i, i + JOBS_A_READ);
    const found = await readJobs(
      redis,
      "",
      asked.map((id) => ({ id, tenant, mode: "list" })),
    );
    for (const job of found) if (typeof job === "object" && isMeant(job, window)) jobs.push(job);
  }
  return { jobs, next: packs.length < PACKS_A_STEP ? undefined : packs.at(-1) };
}

/** Ids of the jobs of a pack that failed in it, or that have moved out of it. */
async function candidatesOf(
  redis: Redis,
  member: ListingEntry,
  { lane }: FailedWindow,
): Promise<readonly string[]> {
  const jobs = await listedJobs(redis, member);
  const ofLane = jobs.filter((job) => lane === undefined || job.lane === lane);
  return ofLane.flatMap(({ id, state }) => (state === "F" || state === "M" ? [id] : []));
}

function isMeant({ status, endedAtMs = 0 }: JobView, { sinceMs, untilMs }: FailedWindow): boolean {
  return status === "failed" && endedAtMs >= sinceMs && endedAtMs <= untilMs;
}
