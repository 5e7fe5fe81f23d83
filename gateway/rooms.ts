import { accessRoom } from "./access/operations.ts";
import { batchesRoom } from "./batches/operations.ts";
import * as dialects from "./dialects.ts";
import { replaysRoom } from "./replays/operations.ts";
import { comparisonsRoom } from "./endpoints/comparison-operations.ts";
import { endpointsRoom } from "./endpoints/operations.ts";
import type { Operation } from "./http/openapi/operation.ts";
import type { Dialect, Room } from "./http/openapi/room.ts";
import { jobsRoom } from "./jobs/operations.ts";
import { modelsRoom } from "./models/operations.ts";
import { pageRoom } from "./page/operations.ts";
import { queueRoom } from "./queue/operations.ts";
import { serviceRoom } from "./service/operations.ts";
import { webhooksRoom } from "./webhooks/operations.ts";

/** Our own API, in the order of `docs/api.md`. */
const rooms = [
  jobsRoom,
  batchesRoom,
  modelsRoom,
  queueRoom,
  endpointsRoom,
  comparisonsRoom,
  replaysRoom,
  webhooksRoom,
  accessRoom,
  pageRoom,
  serviceRoom,
] as const;

type AnyRoom = (typeof rooms)[number] | (typeof dialects)[keyof typeof dialects];

/** What each of them takes, as one object. */
export type RoomServices = AnyRoom extends Room<infer S> ? S : never;

/** Of all there are, as `DIALECTS` has them. */
export const dialectNames: readonly string[] = Object.keys(dialects);

/** @param wanted names of dialects; by default, all there are */
export function dialectsOf(wanted = dialectNames): readonly Dialect<RoomServices>[] {
  return Object.entries(dialects).flatMap(([name, it]) => (wanted.includes(name) ? [it] : []));
}

/** Our own rooms, and those of the dialects that are wanted. */
export function roomsWith(wanted = dialectNames): readonly Room<RoomServices>[] {
  return [...rooms, ...dialectsOf(wanted)];
}

/** Every route there is. @param wanted names of dialects */
export function operationsWith(wanted = dialectNames): readonly Operation<RoomServices>[] {
  return roomsWith(wanted).flatMap((room) => room.operations);
}

/** Paths whose next segment names what scores: in our own API, and in a dialect its first parameter. */
export function namedBelow(wanted = dialectNames): readonly string[] {
  const paths = dialectsOf(wanted).flatMap(({ operations }) => operations.map(({ path }) => path));
  const named = paths.filter((path) => path.includes("{"));
  return [...new Set(["/v1/models/", ...named.map((path) => path.slice(0, path.indexOf("{")))])];
}
