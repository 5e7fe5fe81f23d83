import type { Redis } from "ioredis";
import { failpoint } from "../failpoint.ts";
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
  args: ["most", "lost", "poisoned", "lookedAtMs", "silenceMs", "graceMs"],
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

/** Couriers look twice a second. One that did not for so long, in ms, could not: and so could no worker. */
const SILENCE_MS = 2000;
/** What workers have to say that they live, in ms; they try to reach Redis again every two seconds at least. */
const GRACE_MS = 4000;
/** Grace is not given again within this time, in ms: a courier that is always slow would give it for ever. */
const GRACE_EVERY_MS = 20_000;

/** Looks for runs whose lease has ended, again and again. */
export class Reaper {
  readonly #redis: Redis;
  readonly #shifts: Pick<Shifts, "add">;
  /** By Redis' clock. */
  #lookedAtMs: number | undefined;
  #gaveGraceAtMs = -Infinity;

  constructor(redis: Redis, shifts: Pick<Shifts, "add">) {
    this.#redis = redis;
    this.#shifts = shifts;
  }

  /**
   * Gives back what runs had whose lease has ended, by Redis' time: their workers died, or stood still for
   * so long. It costs their packs an attempt. A lease that ended while Redis was away says nothing: nobody
   * could lengthen it.
   *
   * @throws when a record is broken, after all others have been seen to
   */
  async look(): Promise<Reaped> {
    const before = this.#lookedAtMs;
    const mayGive = before !== undefined && before - this.#gaveGraceAtMs > GRACE_EVERY_MS;
    const reply = await reapScript.run(this.#redis, {
      runs: keys.runs,
      most: RUNS_A_LOOK,
      lost: LOST,
      poisoned: POISONED,
      lookedAtMs: mayGive ? before : "",
      silenceMs: SILENCE_MS,
      graceMs: GRACE_MS,
    });
    const [runs, packs, ends, lanes, now, gaveGrace, broken] = asList(reply);
    this.#lookedAtMs = asNumber(now);
    if (gaveGrace === 1) this.#gaveGraceAtMs = asNumber(now) ?? 0;
    if (packs !== 0) failpoint("given back");
    for (const lane of asList(lanes)) await this.#shifts.add(parseLane(asText(lane) ?? ""));
    const lost = asList(broken ?? []).map(asText);
    if (lost.length > 0) throw new TypeError(`packs whose record is broken: ${lost.join(", ")}`);
    return {
      runs: asNumber(runs) ?? 0,
      packs: asNumber(packs) ?? 0,
      ended: asList(ends).map(endedOf),
    };
  }
}

/** One look, by itself: it knows of no outage. */
export async function reapRuns(redis: Redis, shifts: Pick<Shifts, "add">): Promise<Reaped> {
  return new Reaper(redis, shifts).look();
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
