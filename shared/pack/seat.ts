import type { LuaFile } from "../redis/lua.ts";
import { packFields, seatFields } from "./record.ts";

/** Functions that find the job that an id names: `tenantAt`, `seatOf`. */
export const seat: LuaFile = {
  url: new URL("./seat.lua", import.meta.url),
  reads: { readSeats: packFields.pick("states", "tenants", "owners") },
};

/** Functions that read how a job ended: `endAt`, `blankEnd`. */
export const slice: LuaFile = {
  url: new URL("./slice.lua", import.meta.url),
  writes: { SEAT: seatFields },
};
