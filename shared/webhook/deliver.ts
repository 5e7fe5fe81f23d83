import { z } from "zod";
import { FieldTable, maybeNumber } from "../redis/fields.ts";
import type { LuaFile } from "../redis/lua.ts";
import { deliveryFields } from "./delivery.ts";

/** What packs of jobs and records of batches call alike: deliveries tell of either. */
export const resourceFields = new FieldTable({
  /** Of a pack: outputs that have keys of their own. */
  large: ["lo", z.string()],
  /** Of a pack: jobs that moved out and have not ended. */
  movedOut: ["mo", maybeNumber],
  status: ["s", z.string()],
  limits: ["l", z.string()],
  endedAtMs: ["ea", maybeNumber],
  pending: ["dp", maybeNumber],
  sweep: ["wk", z.string()],
  sweepPosition: ["wp", maybeNumber],
});

/** Functions for scripts that cause events. */
export const deliver: LuaFile = {
  url: new URL("./deliver.lua", import.meta.url),
  writes: { DELIVERY: deliveryFields, RESOURCE: resourceFields },
};

/** Functions for scripts that end deliveries. */
export const deliverEnd: LuaFile = {
  url: new URL("./deliver-end.lua", import.meta.url),
  reads: {
    readDelivery: deliveryFields.pick("status", "target", "tenant", "resourceKey", "createdAtMs"),
    readResource: resourceFields.pick("endedAtMs", "limits", "movedOut"),
  },
  writes: { DELIVERY: deliveryFields, RESOURCE: resourceFields },
};
