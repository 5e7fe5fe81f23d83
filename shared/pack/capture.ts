import { z } from "zod";
import { FieldTable, maybeNumber, number } from "../redis/fields.ts";
import type { LuaFile } from "../redis/lua.ts";

/** How capture is: one hash for the whole installation. Times are epoch ms by Redis' clock. */
export const captureFields = new FieldTable({
  /** Of inputs that stay in their packs until a courier has written them. */
  bytes: ["b", number.default(0)],
  /** Until then some courier with a folder counts as alive. */
  heardUntilMs: ["h", maybeNumber],
  /** The courier that writes. */
  owner: ["o", z.string().optional()],
  /** Until then nobody else does. */
  leaseUntilMs: ["u", maybeNumber],
  /** Counts how often another one began to write. */
  term: ["n", number.default(0)],
  /** Lines that were ever written. */
  written: ["w", number.default(0)],
  /** Jobs that were to be captured and were not: there were too many, or nobody to write them. */
  full: ["df", number.default(0)],
  unheard: ["du", number.default(0)],
  /** The same: record or input were gone, or the endpoint captures no more; nobody could read them. */
  gone: ["dg", number.default(0)],
  unreadable: ["dr", number.default(0)],
});

/**
 * Functions that hand what is captured to the courier: `capture`, `captureLabel`. An entry of the stream has the fields
 * `p` name of the pack, `a` attempt, `j` jobs, `b` bytes of inputs; of a label also `i` index of the job, and `l`, JSON.
 */
export const captureFunctions: LuaFile = {
  url: new URL("./capture.lua", import.meta.url),
  reads: { readCapture: captureFields.pick("bytes", "heardUntilMs") },
  writes: { CAPTURE: captureFields },
};
