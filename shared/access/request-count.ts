import type { Redis } from "ioredis";
import { controlKeys as keys } from "../redis/keys.ts";

const MINUTE_MS = 60_000;
/** Longer than the window, for clocks that differ. */
const KEPT_SECONDS = 120;

/** One request of a key, in the minute that it came in. */
export interface RequestCount {
  /** Requests of this minute, this one included, over all gateways. */
  readonly count: number;
  /** Until the next minute, 1 to 60. */
  readonly resetSeconds: number;
}

/** Counts a request. One whose reply was lost may be counted twice, which costs its key one request. */
export async function countRequest(
  redis: Redis,
  keyId: string,
  nowMs: number,
): Promise<RequestCount> {
  const name = keys.requests(keyId, Math.floor(nowMs / MINUTE_MS));
  const [count] = await Promise.all([redis.incr(name), redis.expire(name, KEPT_SECONDS)]);
  return { count, resetSeconds: Math.ceil((MINUTE_MS - (nowMs % MINUTE_MS)) / 1000) };
}
