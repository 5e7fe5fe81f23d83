import type { Redis } from "ioredis";
import { ScoringError, toProblem } from "../error.ts";
import { parseLane } from "../lane.ts";
import type { Shifts } from "../lane/shifts.ts";
import { workKeys as keys } from "../redis/keys.ts";
import { asList, asNumber, asOneOf, asText, script, type Reply } from "../redis/script.ts";
import type { EndedJobs } from "./due.ts";
import { packFields } from "./record.ts";
import { partingPacks } from "./settle.ts";

const reapScript = script(new URL("./reap.lua", import.meta.url), {
  keys: ["runs"],
  args: ["most", "lost", "poisoned"],
  behind: partingPacks,
  writes: { PACK: packFields },
});

/** What became of the packs of runs whose lease had ended. */
export interface Reaped {
  readonly runs: number;
  /** Packs that wait again; those of one that moved out count each. */
  readonly packs: number;
  /** Those that were given up. */
  readonly ended: readonly EndedJobs[];
}

/** Runs that one call looks at. */
const RUNS_A_LOOK = 10;

const LOST = problem(
  new ScoringError("worker_lost", "The job's workers were lost, and its retries are used up."),
);
const POISONED = problem(
  new ScoringError("poisoned", "Five workers died while they ran this input."),
);

/**
 * Gives back what runs had whose lease has ended, by Redis' time: their workers died, or stood still for
 * so long. It costs their packs an attempt.
 */
export async function reapRuns(redis: Redis, shifts: Pick<Shifts, "add">): Promise<Reaped> {
  const reply = await reapScript.run(redis, {
    runs: keys.runs,
    most: RUNS_A_LOOK,
    lost: LOST,
    poisoned: POISONED,
  });
  const [runs, packs, ends, lanes] = asList(reply);
  for (const lane of asList(lanes)) await shifts.add(parseLane(asText(lane) ?? ""));
  return {
    runs: asNumber(runs) ?? 0,
    packs: asNumber(packs) ?? 0,
    ended: asList(ends).map(endedOf),
  };
}

const codes = ["worker_lost", "poisoned"] as const;

function endedOf(reply: Reply): EndedJobs {
  const [lane, code, count] = asList(reply);
  return {
    lane: parseLane(asText(lane) ?? ""),
    status: "failed",
    code: asOneOf(code, codes),
    count: asNumber(count) ?? 0,
  };
}

function problem(error: ScoringError): string {
  return JSON.stringify(toProblem(error));
}
