import type { Redis } from "ioredis";
import type { Shifts } from "./shifts.ts";

/** Adds a shift to each lane that has packs ready and none that waits. @returns how many */
export async function mendShifts(redis: Redis, shifts: Shifts): Promise<number> {
  throw new Error(`not built yet: ${redis.status} ${typeof shifts}`);
}
