import type { Redis } from "ioredis";
import { reasonOf } from "../log.ts";
import { infoField } from "./info.ts";
import { workKeys as keys } from "./keys.ts";

/** Between two rewrites that are asked for, in seconds: one costs Redis a fork and the writing of all it holds. */
const SECONDS_MIN = 3600;

/** `none`: nothing was erased, or it was asked for within the hour. */
export type LogRewrite = "none" | "asked" | { readonly refused: string };

/**
 * Asks Redis to write its append-only file anew, at most once an hour and only when something was erased since:
 * until then the file still has what a job had. Redis does so by itself as well, when the file has doubled.
 */
export async function rewriteLog(redis: Redis): Promise<LogRewrite> {
  if ((await redis.exists(keys.erased)) === 0) return "none";
  // Of one courier among several.
  if ((await redis.set(keys.rewritten, "1", "EX", SECONDS_MIN, "NX")) === null) return "none";
  const hasLog = infoField(await redis.info("persistence"), "aof_enabled") !== "0";
  // What is erased from here on is for the next one.
  await redis.del(keys.erased);
  if (!hasLog) return "none";
  try {
    await redis.bgrewriteaof();
    return "asked";
  } catch (error) {
    await redis.set(keys.erased, "1");
    return { refused: reasonOf(error) };
  }
}
