import { chunkFunctions } from "../batch/chunk.ts";
import { endFunctions } from "../batch/fields.ts";
import {
  flowFields,
  flowFunctions,
  paceFunctions,
  pauseFunctions,
  wakeFunctions,
} from "../lane/flow.ts";
import type { LuaFile } from "../redis/lua.ts";
import { deliver } from "../webhook/deliver.ts";
import { captureFunctions } from "./capture.ts";
import { packFields, seatFields } from "./record.ts";

/** What ending a job needs to know of its pack. */
const endingFields = packFields.pick(
  "lane",
  "limits",
  "tenants",
  "owners",
  "states",
  "tags",
  "bytes",
  "has",
  "attempt",
  "firstAttempt",
  "run",
  "startedAtMs",
  "deaths",
  "waiters",
  "isTaken",
  "segments",
  "deliveries",
  "large",
  "movedOut",
  "via",
);

const writes = { PACK: packFields, SEAT: seatFields, FLOW: flowFields };
const at = (file: string): URL => new URL(file, import.meta.url);

/** Functions that end jobs, and `readPack`; its Lua says what there is. */
export const endingJobs: readonly LuaFile[] = [
  deliver,
  pauseFunctions,
  flowFunctions,
  paceFunctions,
  captureFunctions,
  { url: at("./settle.lua"), reads: { readPack: endingFields }, writes },
];

const moveOut: LuaFile = { url: at("./move-out.lua"), reads: { readWhole: packFields }, writes };

/** The same, and what moves jobs out of their packs. */
export const movingOut: readonly LuaFile[] = [...endingJobs, moveOut];

/** Functions that end jobs and chunks, and give back what a run has. */
export const givingBack: readonly LuaFile[] = [
  ...endingJobs,
  endFunctions,
  chunkFunctions,
  wakeFunctions,
  { url: at("./give-back.lua"), writes },
];

/** The same, and what moves jobs out of their packs. */
export const partingPacks: readonly LuaFile[] = [...givingBack, moveOut];
