import type { Redis } from "ioredis";
import type { Outcome } from "../../shared/job/outcome.ts";
import type { Lane } from "../../shared/lane.ts";
import { Shifts } from "../../shared/lane/shifts.ts";
import { createLogger } from "../../shared/log.ts";
import { Run } from "../../shared/pack/run.ts";

const SUCCEEDED: Outcome = { status: "succeeded", body: "{}", metrics: undefined };

/** A worker that can hold everything. */
export function workerOf(redis: Redis): Run {
  const logger = createLogger("test", "silent");
  return new Run({ redis, shifts: new Shifts(redis), leaseMs: 60_000, logger });
}

/**
 * Takes what is ready in a lane, and ends it.
 *
 * @returns how many jobs
 */
export async function workOff(run: Run, lane: Lane, outcome = SUCCEEDED): Promise<number> {
  const wanted = { lane, rows: 1_000_000, woken: true };
  const { packs } = await run.turn(wanted, []);
  const settles = packs.map(({ name, attempt, states }) => ({
    pack: name,
    attempt,
    first: 0,
    outcomes: Array.from(states, () => outcome),
  }));
  const { verdicts } = await run.turn(undefined, settles);
  return verdicts.join("").replaceAll("-", "").length;
}
