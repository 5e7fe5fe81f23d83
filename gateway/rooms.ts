import { accessRoom } from "./access/operations.ts";
import type { Operation } from "./http/openapi/operation.ts";
import type { Room } from "./http/openapi/room.ts";
import { modelsRoom } from "./models/operations.ts";
import { oldBatches, oldJobs, oldWebhooks, type Route } from "./old-routes.ts";
import { serviceRoom } from "./service/operations.ts";
import type { GatewayServices } from "./services.ts";

/** In the order of `docs/api.md`. */
export const rooms: readonly Room<GatewayServices>[] = [modelsRoom, accessRoom, serviceRoom];

/** Every route there is. */
export const operations: readonly (Route | Operation<GatewayServices>)[] = [
  ...oldJobs,
  ...oldBatches,
  ...modelsRoom.operations,
  ...oldWebhooks,
  ...accessRoom.operations,
  ...serviceRoom.operations,
];
