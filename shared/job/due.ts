import type { Redis } from "ioredis";
import { failpoint } from "../failpoint.ts";
import { overdue, overdueOutcome, unpackLimits } from "./limits.ts";
import { dueMembers } from "../redis/due-members.ts";
import { jobClasses, laneName } from "../lane.ts";
import { keysFor, workKeys } from "../redis/keys.ts";
import { settleAll, type OnSettled, type Settlement } from "./settle.ts";

const JOBS_A_SWEEP = 1000;

/**
 * Ends the jobs whose deadline to start or in all has passed, whether or not a worker lives. That of an
 * attempt is kept by the worker that runs it, whose death must not use it up. What moves on between the
 * look and the settlement is left alone: settling asks for the status and attempt that were seen.
 *
 * @param onSettled told of each that ended here
 * @returns how many did
 */
export async function endOverdue(redis: Redis, onSettled: OnSettled = () => {}): Promise<number> {
  const { members: ids, nowMs } = await dueMembers(redis, workKeys.due, JOBS_A_SWEEP);
  const looks = ids.map(async (id) => look(redis, id, nowMs));
  const found = (await Promise.all(looks)).filter((it) => it !== undefined);
  let ended = 0;
  for (const group of Map.groupBy(found, ({ lane }) => laneName(lane)).values()) {
    const verdicts = await settleAll(redis, group);
    failpoint("overdue ended");
    const settled = group.filter((_, i) => verdicts[i] === "settled");
    for (const settlement of settled) onSettled(settlement);
    ended += settled.length;
  }
  return ended;
}

/** What one job is to end with; undefined when it is not. */
async function look(redis: Redis, id: string, nowMs: number): Promise<Settlement | undefined> {
  const keys = keysFor(id);
  const [status, model, className, attempt, limitsText, created, queued, started] =
    await redis.hmget(keys.job(id), "s", "m", "c", "a", "l", "ca", "qa", "sa");
  const jobClass = jobClasses.find((it) => it === className);
  // Who ends a job takes its entry out; only a record that somebody removed leaves one behind. That
  // of a job that has ended meanwhile may be there again, by a retry.
  if (status === null) await redis.zrem(keys.due, id);
  if ((status !== "queued" && status !== "running") || jobClass === undefined || !model) {
    return undefined;
  }
  const limits = unpackLimits(limitsText ?? "");
  const startedAtMs = started ? Number(started) : undefined;
  const course = { status, queuedAtMs: Number(queued ?? created), startedAtMs, limits } as const;
  const passed = overdue(course, nowMs);
  if (passed === "attempt") {
    // An older worker has put it here; it comes again when its time in all has passed.
    await redis.zadd(keys.due, "XX", "GT", course.queuedAtMs + limits.totalMs, id);
  }
  if (passed === undefined || passed === "attempt") return undefined;
  return {
    id,
    lane: { model, class: jobClass },
    attempt: Number(attempt),
    from: status,
    outcome: overdueOutcome(passed, limits),
  };
}
