import type { Endpoint } from "../../shared/endpoint/endpoints.ts";
import { ScoringError } from "../../shared/error.ts";
import type { Lane } from "../../shared/lane.ts";
import type { RequestBudget } from "../access/request-budget.ts";
import { startsInMs, type LaneView } from "../models/lane-view.ts";

export interface EndpointLimits {
  readonly lanes: LaneView;
  readonly budget: Pick<RequestBudget, "spend">;
}

/**
 * Refuses a job that an endpoint does not take: one that would wait longer than it allows, as far as that can
 * be told, or one more than it takes in a minute. What has waited so long all the same ends by its start
 * timeout.
 *
 * @returns takes it back that the job was counted: for one that turns out to repeat another
 * @throws {ScoringError} `quota_exceeded` or `queue_too_long`
 */
export async function refuseBeyondLimits(
  lane: Lane,
  { name, definition }: Endpoint,
  { lanes, budget }: EndpointLimits,
): Promise<() => Promise<void>> {
  const { max_queue_wait_ms: mostMs } = definition.defaults;
  if (mostMs !== null) await refuseLongWait(lane, name, mostMs, lanes);
  const { requests_per_minute: perMinute } = definition.quota;
  if (perMinute === null) return NOTHING_COUNTED;
  return budget.spend({ of: `endpoint-${name}`, perMinute, whose: `The endpoint ${name}` });
}

const NOTHING_COUNTED = async (): Promise<void> => Promise.resolve();

async function refuseLongWait(
  lane: Lane,
  name: string,
  mostMs: number,
  lanes: LaneView,
): Promise<void> {
  const flow = await lanes.of(lane);
  const waitMs = startsInMs(flow?.outstanding, flow) ?? 0;
  if (waitMs <= mostMs) return;
  const message = `A job for ${name} would wait about ${Math.ceil(waitMs)} ms; it allows ${mostMs} ms.`;
  throw new ScoringError("queue_too_long", message);
}
