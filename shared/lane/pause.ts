import type { Redis } from "ioredis";
import { laneName, type Lane } from "../lane.ts";
import { workKeys as keys } from "../redis/keys.ts";
import { asList, asNumber, script, type Reply } from "../redis/script.ts";
import { flowFields, pauseFunctions, wakeFunctions } from "./flow.ts";
import type { Shifts } from "./shifts.ts";

const pauseScript = script(new URL("./pause.lua", import.meta.url), {
  keys: ["flow", "load", "held"],
  args: ["lane", "refuses"],
  reads: { readState: flowFields.pick("pausedAtMs", "refuses") },
  writes: { FLOW: flowFields },
});

const resumeScript = script(new URL("./resume.lua", import.meta.url), {
  behind: [pauseFunctions, wakeFunctions],
  keys: ["flow", "load", "held", "ready"],
  args: ["lane"],
  reads: { readState: flowFields.pick("pausedAtMs", "refuses", "stoodMs", "armed") },
  writes: { FLOW: flowFields },
});

/** That nothing of a lane is taken: its jobs wait, and their time to start stands still. */
export interface Pause {
  readonly sinceMs: number;
  /** It takes no new work either. */
  readonly refuses: boolean;
}

/**
 * Pauses a lane, in one step: what no worker has waits until it goes on, and scalers read its load as nothing. What
 * workers have they end. A lane that is paused stays so, and is told whether it refuses.
 *
 * @returns as it was before, undefined when it was not paused, and as it is
 */
export async function pauseLane(
  redis: Redis,
  lane: Lane,
  refuses: boolean,
): Promise<{ readonly before: Pause | undefined; readonly after: Pause }> {
  const reply = await pauseScript.run(redis, {
    flow: keys.flow(lane),
    load: keys.load(lane),
    held: keys.held(lane),
    lane: laneName(lane),
    refuses: refuses ? "1" : "",
  });
  const [since, ...before] = asList(reply);
  return { before: pauseOf(before), after: { sinceMs: asNumber(since) ?? 0, refuses } };
}

/** Lets a paused lane go on. @returns as it was before, undefined when it was not paused */
export async function resumeLane(
  redis: Redis,
  lane: Lane,
  shifts: Pick<Shifts, "add">,
): Promise<Pause | undefined> {
  const reply = await resumeScript.run(redis, {
    flow: keys.flow(lane),
    load: keys.load(lane),
    held: keys.held(lane),
    ready: keys.ready(lane),
    lane: laneName(lane),
  });
  const [since, refused, arm] = asList(reply);
  // What does not arrive is added by the courier.
  if (arm === 1) await shifts.add(lane).catch(() => {});
  return pauseOf([since ?? null, refused ?? null]);
}

function pauseOf([since, refuses]: readonly Reply[]): Pause | undefined {
  const sinceMs = asNumber(since);
  return sinceMs === undefined ? undefined : { sinceMs, refuses: asNumber(refuses) === 1 };
}
