import type { LaneState } from "../../../queue/queue-schema.ts";
import { count, duration } from "../app/figures.ts";
import type { Standing } from "../pieces/tone.ts";

/** Lanes that hold work, are paused or have workers: paused ones first, then the fullest. */
export function shownLanes(lanes: readonly LaneState[]): readonly LaneState[] {
  return lanes
    .filter(
      ({ priority, depth, workers, paused }) =>
        depth > 0 || paused !== null || (priority === "interactive" && workers.ready > 0),
    )
    .toSorted(
      (a, b) =>
        Number(b.paused !== null) - Number(a.paused !== null) ||
        b.depth - a.depth ||
        a.lane.localeCompare(b.lane),
    );
}

/** What is to be known of a lane first. */
export function stateOf({ paused, depth, workers }: LaneState): Standing {
  if (paused !== null) return ["warn", paused.refuse ? "paused, refuses" : "paused, holds"];
  if (depth === 0) return ["good", "nothing waiting"];
  if (workers.ready > 0) return ["good", "moving"];
  return workers.starting > 0 ? ["warn", "workers start"] : ["warn", "no worker serves it"];
}

/** `310 / 305` */
export function ratesOf({ arrival_rate: arrived, end_rate: ended }: LaneState): string {
  return `${perSecond(arrived)} / ${ended === null ? "–" : perSecond(ended)}`;
}

export function perSecond(rate: number): string {
  return rate < 10 ? rate.toFixed(1) : count(rate);
}

/** When a job that came now would start. */
export function startsIn({ depth, estimated_wait_ms: waitMs }: LaneState): string {
  return depth === 0 || waitMs === null ? "–" : duration(waitMs);
}

/** The steps of an hour, of which the last is as it is now. */
export function upToNow(
  values: readonly (number | null)[] | undefined,
  now: number,
): readonly (number | null)[] {
  return values === undefined ? [0, now] : [...values.slice(0, -1), now];
}
