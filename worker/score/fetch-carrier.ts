import type { CarrierTools } from "./carrier.ts";
import type { Carrier, Origin } from "./task.ts";
import { ChunkCarrier } from "./chunk-carrier.ts";
import { JobCarrier } from "./job-carrier.ts";

/**
 * Takes what a dispatch carries, for one run.
 *
 * @returns undefined when there is nothing left to do
 * @throws {UnknownRecordError} when a newer gateway wrote it
 */
export async function fetchCarrier(
  tools: CarrierTools,
  origin: Origin,
): Promise<Carrier | undefined> {
  const { dispatch } = origin;
  return "jobs" in dispatch
    ? JobCarrier.fetch(tools, origin, dispatch)
    : ChunkCarrier.fetch(tools, origin, dispatch);
}
