import { randomBytes } from "node:crypto";
import { IdFactory } from "../../shared/job/id.ts";
import { packRows } from "../../shared/job/payload.ts";
import type { NewJob } from "../../shared/job/record.ts";
import type { Lane } from "../../shared/queue/keys.ts";

export const testIds = new IdFactory(randomBytes(32));

/** A job that a gateway could have made. */
export function newJob(lane: Lane, text = "hello", more: Partial<NewJob> = {}): NewJob {
  return {
    id: testIds.create("job", "default", Date.now()),
    model: lane.model,
    class: lane.class,
    tenant: "default",
    form: "one",
    rows: 1,
    payload: packRows([Buffer.from(text)]),
    parameters: "{}",
    metadata: undefined,
    waiter: "g1",
    createdAtMs: Date.now(),
    ...more,
  };
}
