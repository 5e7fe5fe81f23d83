import { indexOf, ownPackOf, packOf } from "../id.ts";
import { keysFor } from "../redis/keys.ts";
import type { LuaFile } from "../redis/lua.ts";
import { packFields, seatFields } from "./record.ts";

/** Functions that find the job that an id names: `tenantAt`, `seatOf`. */
export const seat: LuaFile = {
  url: new URL("./seat.lua", import.meta.url),
  reads: { readSeats: packFields.pick("states", "tenants", "owners") },
};

/** What scripts behind it are called with, for a job that is to be the tenant's. */
export function seatArgs(id: string, tenant: string) {
  const keys = keysFor(id);
  return {
    pack: keys.pack(packOf(id)),
    ownPack: keys.pack(ownPackOf(id)),
    index: indexOf(id),
    tenant,
  };
}

/** Functions that read how a job ended: `endAt`, `blankEnd`. */
export const slice: LuaFile = {
  url: new URL("./slice.lua", import.meta.url),
  writes: { SEAT: seatFields },
};
