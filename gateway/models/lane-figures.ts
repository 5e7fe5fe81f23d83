import type { Flow } from "../../shared/lane/flow.ts";
import { rfc3339 } from "../../shared/rfc3339.ts";
import { startsInMs } from "./lane-view.ts";
import type { LaneFigures } from "./model-schema.ts";

/** How a lane is doing, as clients are told. @param workers ready for its version: without one nothing starts */
export function laneFigures(flow: Flow, { ready }: { readonly ready: number }): LaneFigures {
  const waitMs = isEmpty(flow) ? 0 : startsInMs(flow.outstanding, flow);
  return {
    load: flow.load,
    depth: flow.depth,
    waiting: Math.max(0, flow.outstanding - flow.running),
    running: flow.running,
    oldest_age_ms: flow.oldestAgeMs ?? null,
    arrival_rate: round(flow.arrivalRate),
    end_rate: flow.endRate === undefined ? null : round(flow.endRate),
    estimated_wait_ms: ready === 0 || waitMs === undefined ? null : Math.ceil(waitMs),
    paused: flow.pause === undefined ? null : pauseJson(flow.pause),
  };
}

function isEmpty({ outstanding, pause }: Flow): boolean {
  return outstanding === 0 && pause === undefined;
}

function pauseJson({ sinceMs, refuses }: NonNullable<Flow["pause"]>) {
  return { since: rfc3339(sinceMs), refuse: refuses };
}

function round(rate: number): number {
  return Math.round(rate * 1000) / 1000;
}
