import type { ModelVersion } from "../../shared/model/registry.ts";
import type { Carrier, CarrierTools } from "./carrier.ts";
import { ChunkCarrier } from "./chunk-carrier.ts";
import type { Taken } from "./desk.ts";
import { PackCarrier } from "./pack-carrier.ts";

/** What carries a pack: jobs of a gateway's tick, or items of a batch. */
export function carrierOf(tools: CarrierTools, version: ModelVersion, taken: Taken): Carrier {
  return "states" in taken
    ? new PackCarrier(tools, version, taken)
    : new ChunkCarrier(tools, version, taken);
}
