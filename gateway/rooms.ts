import { accessRoom } from "./access/operations.ts";
import { batchesRoom } from "./batches/operations.ts";
import type { Operation } from "./http/openapi/operation.ts";
import type { Room } from "./http/openapi/room.ts";
import { jobsRoom } from "./jobs/operations.ts";
import { modelsRoom } from "./models/operations.ts";
import { serviceRoom } from "./service/operations.ts";
import { webhooksRoom } from "./webhooks/operations.ts";

/** In the order of `docs/api.md`. */
export const rooms = [
  jobsRoom,
  batchesRoom,
  modelsRoom,
  webhooksRoom,
  accessRoom,
  serviceRoom,
] as const;

/** What each of them takes, as one object. */
export type RoomServices = (typeof rooms)[number] extends Room<infer S> ? S : never;

/** Every route there is. */
export const operations: readonly Operation<RoomServices>[] = rooms.flatMap(
  (room): readonly Operation<RoomServices>[] => room.operations,
);
