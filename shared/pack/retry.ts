import type { Redis } from "ioredis";
import { failpoint } from "../failpoint.ts";
import { QUOTA_ARGS, type Quota } from "../job/quota.ts";
import type { JobView } from "../job/view.ts";
import { laneName, type Lane } from "../lane.ts";
import { flowFields, wakeFunctions } from "../lane/flow.ts";
import type { Shifts } from "../lane/shifts.ts";
import { keysFor } from "../redis/keys.ts";
import { recentFunctions } from "../redis/recent.ts";
import { asList, asNumber, asOneOf, script } from "../redis/script.ts";
import { packFields, seatFields } from "./record.ts";
import { seat, seatArgs, slice } from "./seat.ts";
import { movingOut } from "./settle.ts";

const retryScript = script(new URL("./retry.lua", import.meta.url), {
  behind: [...movingOut, slice, seat, recentFunctions, wakeFunctions],
  keys: ["pack", "ownPack", "flow", "outstanding", "ready", "due", "recent"],
  args: ["index", "tenant", "attempt", "token", "lane", ...QUOTA_ARGS],
  reads: {
    readRetried: packFields.pick(
      "states",
      "bytes",
      "limits",
      "segments",
      "inputs",
      "history",
      "retryToken",
    ),
    readFlow: flowFields.pick("accepted", "over", "bytes", "armed", "refuses"),
  },
  writes: { PACK: packFields, SEAT: seatFields, FLOW: flowFields },
});

/** All but `accepted` changed nothing. `not_retryable`: not ended, succeeded, or another attempt. */
export type RetryVerdict = (typeof verdicts)[number];

const verdicts = [
  "accepted",
  "missing",
  "not_retryable",
  "input_lost",
  "queue_full",
  "tenant_full",
  "paused",
] as const;

export interface RetryOptions {
  /** As it was read: only this attempt of it is retried. */
  readonly job: Pick<JobView, "id" | "tenant" | "model" | "class" | "attempt">;
  readonly quota: Quota;
  /** Unique to this retry: the same token twice is the same one, whatever has become of it since. */
  readonly token: string;
}

/**
 * Queues an ended job once more under its id, as its next attempt, with the limits it was made with.
 *
 * @throws when Redis refused, or its reply was lost
 */
export async function retryJob(
  redis: Redis,
  shifts: Pick<Shifts, "add">,
  options: RetryOptions,
): Promise<RetryVerdict> {
  const { verdict, arm } = await requeue(redis, options);
  if (verdict === "accepted") failpoint("requeued");
  // What does not arrive is added by the courier.
  if (arm) await shifts.add(laneOf(options)).catch(() => {});
  return verdict;
}

/** All of a retry but for waking a worker. */
export async function requeue(
  redis: Redis,
  options: RetryOptions,
): Promise<{ readonly verdict: RetryVerdict; readonly arm: boolean }> {
  const { job, quota, token } = options;
  const lane = laneOf(options);
  const keys = keysFor(job.id);
  const reply = await retryScript.run(redis, {
    ...seatArgs(job.id, job.tenant),
    flow: keys.flow(lane),
    outstanding: keys.outstanding(lane),
    ready: keys.ready(lane),
    due: keys.due,
    recent: keys.recent(lane.model),
    attempt: job.attempt,
    token,
    lane: laneName(lane),
    ...quota,
  });
  const [word, arm] = asList(reply);
  return { verdict: asOneOf(word, verdicts), arm: asNumber(arm) === 1 };
}

function laneOf({ job }: RetryOptions): Lane {
  return { model: job.model, class: job.class };
}
