import type { Redis } from "ioredis";
import type { ErrorCode } from "../error.ts";
import type { Lane } from "../lane.ts";

/** Jobs that ended together and for one reason. */
export interface EndedJobs {
  readonly lane: Lane;
  readonly status: "expired" | "failed";
  readonly code: ErrorCode | undefined;
  readonly count: number;
}

/**
 * Ends the jobs whose deadline to start or in all has passed, whether or not a worker lives, pack by pack and
 * within a budget of time: what is left comes with the next call.
 *
 * @returns how many ended here
 */
export async function endOverdue(
  _redis: Redis,
  _onEnded: (ended: EndedJobs) => void = () => {},
): Promise<number> {
  throw new Error("not built yet");
}
