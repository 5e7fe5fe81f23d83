import type { Redis } from "ioredis";
import { laneName, parseLane } from "../lane.ts";
import { workKeys as keys } from "../redis/keys.ts";
import { script } from "../redis/script.ts";
import { flowFields } from "./flow.ts";
import type { Shifts } from "./shifts.ts";

const mendScript = script(new URL("./mend-shifts.lua", import.meta.url), {
  /** `waiting`: BullMQ's list of the shifts that no worker has. */
  keys: ["ready", "waiting", "flow"],
  writes: { FLOW: flowFields },
});

/**
 * Holds every lane to this: while packs are ready, a shift waits. One may be missing because whoever was to
 * add it died, or because a worker that had it did: what a worker has does not count.
 *
 * @returns how many were added
 */
export async function mendShifts(redis: Redis, shifts: Pick<Shifts, "add">): Promise<number> {
  const lanes = (await redis.smembers(keys.lanes)).map((name) => parseLane(name));
  const lacking = await Promise.all(
    lanes.map(async (lane) => {
      const names = {
        ready: keys.ready(lane),
        waiting: `${keys.shiftPrefix}:${laneName(lane)}:wait`,
        flow: keys.flow(lane),
      };
      return (await mendScript.run(redis, names)) === 1 ? [lane] : [];
    }),
  );
  for (const lane of lacking.flat()) await shifts.add(lane);
  return lacking.flat().length;
}
