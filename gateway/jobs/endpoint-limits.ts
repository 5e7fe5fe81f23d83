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
 * Refuses a job that an endpoint does not take: one more than it takes in a minute, or one that would wait
 * longer than it allows, as far as that can be told. What has waited so long all the same ends by its start
 * timeout.
 *
 * @throws {ScoringError} `quota_exceeded` or `queue_too_long`
 */
export async function refuseBeyondLimits(
  lane: Lane,
  { name, definition }: Endpoint,
  { lanes, budget }: EndpointLimits,
): Promise<void> {
  const { quota, defaults } = definition;
  const { requests_per_minute: perMinute } = quota;
  if (perMinute !== null) await budget.spend(`endpoint-${name}`, perMinute, `The endpoint ${name}`);
  const { max_queue_wait_ms: mostMs } = defaults;
  if (mostMs === null) return;
  const flow = await lanes.of(lane);
  const waitMs = startsInMs(flow?.outstanding, flow) ?? 0;
  if (waitMs <= mostMs) return;
  const message = `A job for ${name} would wait about ${Math.ceil(waitMs)} ms; it allows ${mostMs} ms.`;
  throw new ScoringError("queue_too_long", message);
}
