import { accessRoom } from "./access/operations.ts";
import { batchesRoom } from "./batches/operations.ts";
import type { Room } from "./http/openapi/room.ts";
import { jobsRoom } from "./jobs/operations.ts";
import { modelsRoom } from "./models/operations.ts";
import { serviceRoom } from "./service/operations.ts";
import type { GatewayServices } from "./services.ts";
import { webhooksRoom } from "./webhooks/operations.ts";

/** In the order of `docs/api.md`. */
export const rooms: readonly Room<GatewayServices>[] = [
  jobsRoom,
  batchesRoom,
  modelsRoom,
  webhooksRoom,
  accessRoom,
  serviceRoom,
];

/** Every route there is. */
export const operations = rooms.flatMap((room) => room.operations);
