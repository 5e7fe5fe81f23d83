import type { LuaFile } from "./lua.ts";

/** Functions that scripts which accept work stand behind. */
export const recentFunctions: LuaFile = { url: new URL("./recent.lua", import.meta.url) };

/**
 * How long it is remembered that a version got work, in seconds: for some looks of any scaler. A pool
 * stays as long after its last job as this and its cooldown together. A test holds `recent.lua` to it.
 */
export const RECENT_SECONDS = 60;
