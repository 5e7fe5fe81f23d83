import type { Redis } from "ioredis";
import type { Quota } from "../../shared/job/quota.ts";
import type { NewJob } from "../../shared/job/new-job.ts";
import type { Lane } from "../../shared/lane.ts";
import { accept, type NewPack, type Verdict } from "../../shared/pack/accept.ts";
import { newJob, quota, testIds } from "./jobs.ts";

/** A job of a pack, but for what its place in it says. */
export type JobOfPack = Partial<Omit<NewJob, "id">> & { readonly text?: string };

let nonces = 0;

/** A pack that a gateway could have made, with a job for each of `jobs`. */
export function newPack(
  lane: Lane,
  jobs: readonly JobOfPack[],
  more: Partial<NewPack> = {},
): NewPack {
  const name = more.name ?? testIds.packName(Date.now());
  nonces += 1;
  return {
    name,
    nonce: `nonce-${nonces}`,
    isTaken: false,
    jobs: jobs.map(({ text = "hello", ...job }, index) =>
      newJob(lane, text, { ...job, id: testIds.jobId(name, index, job.tenant ?? "default") }),
    ),
    ...more,
  };
}

/** Accepts packs with room for everything, but for what a test names. */
export async function acceptPacks(
  redis: Redis,
  lane: Lane,
  packs: readonly NewPack[],
  limits: Partial<Quota> = {},
): Promise<readonly (readonly Verdict[])[]> {
  return (await accept(redis, { lane, packs, quota: quota(limits) })).verdicts;
}
