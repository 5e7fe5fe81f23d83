import { flowFunctions, paceFunctions } from "../lane/flow.ts";
import type { LuaFile } from "../redis/lua.ts";
import { deliver } from "../webhook/deliver.ts";
import { packFields } from "./record.ts";

/** What stands behind `readPack` and ends jobs: `script(url, { behind: endingJobs, … })`. */
export const endingJobs: readonly LuaFile[] = [
  deliver,
  flowFunctions,
  paceFunctions,
  {
    url: new URL("./settle.lua", import.meta.url),
    reads: { readPack: packFields },
    writes: { PACK: packFields },
  },
];

/** What moves jobs out as well. */
export const movingOut: readonly LuaFile[] = [
  ...endingJobs,
  { url: new URL("./move-out.lua", import.meta.url), writes: { PACK: packFields } },
];
