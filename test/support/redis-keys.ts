import { keysOf } from "../../shared/redis/keys.ts";

/** Of the one partition in use. */
export const keys = keysOf(0);
