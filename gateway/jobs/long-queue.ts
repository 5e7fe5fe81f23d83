import type { Endpoint } from "../../shared/endpoint/endpoints.ts";
import { ScoringError } from "../../shared/error.ts";
import type { Lane } from "../../shared/lane.ts";
import { startsInMs, type LaneView } from "../models/lane-view.ts";

/**
 * Refuses what would wait longer than the endpoint allows, as far as it can be told; what has waited so
 * long all the same ends by its start timeout.
 *
 * @throws {ScoringError} `queue_too_long`
 */
export async function refuseLongQueue(
  lane: Lane,
  { name, definition }: Endpoint,
  lanes: LaneView,
): Promise<void> {
  const { max_queue_wait_ms: mostMs } = definition.defaults;
  if (mostMs === null) return;
  const flow = await lanes.of(lane);
  const waitMs = startsInMs(flow?.outstanding, flow) ?? 0;
  if (waitMs <= mostMs) return;
  const message = `A job for ${name} would wait about ${Math.ceil(waitMs)} ms; it allows ${mostMs} ms.`;
  throw new ScoringError("queue_too_long", message);
}
