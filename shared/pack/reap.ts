import type { Redis } from "ioredis";
import type { Shifts } from "../lane/shifts.ts";

/** What became of the packs of runs whose lease had ended. */
export interface Reaped {
  readonly runs: number;
  /** Packs that wait again; those of one that moved out count each. */
  readonly packs: number;
  /** Jobs that were given up. */
  readonly ended: number;
}

/** Gives back what runs had whose lease has ended. */
export async function reapRuns(redis: Redis, shifts: Shifts): Promise<Reaped> {
  throw new Error(`not built yet: ${redis.status} ${typeof shifts}`);
}
