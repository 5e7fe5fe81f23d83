import { isTerminal, jobStatuses, type JobView } from "../job/view.ts";
import { letterOf } from "./ends.ts";
import type { JobEnd } from "./segment.ts";

const STATUSES = new Map(jobStatuses.filter(isTerminal).map((it) => [letterOf(it), it]));

/**
 * A job as it is once it has ended. It is kept at least as long as it says: until then its pack goes with
 * nobody.
 *
 * @param open the job before
 * @param keptSecondsMax it is kept no longer than that
 */
export function withEnd(open: JobView, end: JobEnd, keptSecondsMax = Infinity): JobView {
  const { letter, attempt, startedAtMs, endedAtMs, metrics, body } = end;
  const status = STATUSES.get(letter);
  if (status === undefined) throw new TypeError(`not an end: ${letter}`);
  const text = body?.toString();
  const keptSeconds = Math.min(open.limits?.retentionSeconds ?? 0, keptSecondsMax);
  return {
    ...open,
    status,
    attempt,
    startedAtMs,
    endedAtMs,
    metrics,
    ahead: undefined,
    output: status === "succeeded" ? text : undefined,
    error: status === "succeeded" ? undefined : text,
    expiresAtMs: endedAtMs + keptSeconds * 1000,
  };
}
