import { randomBytes } from "node:crypto";
import { IdFactory } from "../../shared/id.ts";
import type { JobLimits } from "../../shared/job/limits.ts";
import { packRows } from "../../shared/job/payload.ts";
import type { NewJob } from "../../shared/job/new-job.ts";
import type { Quota } from "../../shared/job/quota.ts";
import type { Lane } from "../../shared/lane.ts";

export const testIds = new IdFactory(randomBytes(32));

export const testLimits: JobLimits = {
  startMs: 600_000,
  attemptMs: 60_000,
  totalMs: 3_600_000,
  retries: 5,
  retentionSeconds: 3600,
};

/** Room for everything, but for what a test names. */
export function quota(limits: Partial<Quota> = {}): Quota {
  const plenty = 1_000_000_000;
  return {
    laneJobs: plenty,
    laneBytes: plenty,
    tenantJobs: plenty,
    tenantBytes: plenty,
    ...limits,
  };
}

/** A job that a gateway could have made. */
export function newJob(lane: Lane, text = "hello", more: Partial<NewJob> = {}): NewJob {
  return {
    id: testIds.create("job", "default", Date.now()),
    model: lane.model,
    via: undefined,
    class: lane.class,
    tenant: "default",
    form: "one",
    rows: 1,
    payload: packRows([Buffer.from(text)]),
    parameters: "{}",
    metadata: undefined,
    waiter: "g1",
    limits: testLimits,
    idempotency: undefined,
    webhook: undefined,
    ...more,
  };
}
