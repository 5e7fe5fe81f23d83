import type { Redis } from "ioredis";
import { failpoint } from "../failpoint.ts";
import { markOf, type Dispatch } from "../dispatch/dispatch.ts";
import type { JobView } from "./record.ts";
import { asOneOf, Script } from "../redis/script.ts";
import { quotaArgs, type Quota } from "./accept.ts";
import type { DispatchQueue } from "../dispatch/dispatch-queue.ts";
import { laneName, type Lane } from "../lane.ts";
import { keysFor } from "../redis/keys.ts";
import { recentFunctions } from "../redis/recent.ts";

const script = new Script([recentFunctions, { url: new URL("./retry.lua", import.meta.url) }]);

/** All but `accepted` changed nothing. `not_retryable`: not ended, succeeded, or another attempt. */
export type RetryVerdict = (typeof verdicts)[number];

const verdicts = [
  "accepted",
  "missing",
  "not_retryable",
  "input_lost",
  "queue_full",
  "tenant_full",
] as const;

export interface RetryOptions {
  /** As it was read: only this attempt of it is retried. */
  readonly job: Pick<JobView, "id" | "model" | "class" | "attempt" | "rows">;
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
  queue: DispatchQueue,
  options: RetryOptions,
): Promise<RetryVerdict> {
  const dispatch = dispatchOf(options.job);
  const verdict = await requeue(redis, dispatch, options);
  if (verdict === "accepted") failpoint("requeued");
  // What does not arrive keeps its mark, and the janitor adds it again.
  if (verdict === "accepted") await queue.add(dispatch).catch(() => {});
  return verdict;
}

/** The dispatch that carries the next attempt. */
export function dispatchOf({
  id,
  model,
  class: jobClass,
  rows,
  attempt,
}: RetryOptions["job"]): Dispatch {
  const lane = laneName({ model, class: jobClass });
  return { v: 1, lane, jobs: [id], rows, attempt: attempt + 1 };
}

/** All of a retry but for the sending of its dispatch. */
export async function requeue(
  redis: Redis,
  dispatch: Dispatch,
  { job, quota, token }: RetryOptions,
): Promise<RetryVerdict> {
  const lane: Lane = { model: job.model, class: job.class };
  const keys = keysFor(job.id);
  const reply = await script.run(
    redis,
    [
      keys.outstanding(lane),
      keys.load(lane),
      keys.undispatched,
      keys.lanes,
      keys.flow(lane),
      keys.due,
      keys.job(job.id),
      keys.recent(lane.model),
    ],
    [
      job.id,
      job.attempt,
      laneName(lane),
      markOf(dispatch),
      keys.tenant(""),
      ...quotaArgs(quota),
      token,
    ],
  );
  return asOneOf(reply, verdicts);
}
