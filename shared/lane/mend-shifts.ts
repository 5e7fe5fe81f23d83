import type { Redis } from "ioredis";
import { failpoint } from "../failpoint.ts";
import { laneName, parseLane } from "../lane.ts";
import { workKeys as keys } from "../redis/keys.ts";
import { script } from "../redis/script.ts";
import { flowFields } from "./flow.ts";
import type { Shifts } from "./shifts.ts";

const mendScript = script(new URL("./mend-shifts.lua", import.meta.url), {
  /** `waiting`, `active`: BullMQ's lists of the shifts that no worker has, and that one has; `marker`: what wakes. */
  keys: ["ready", "flow", "waiting", "marker", "active"],
  args: ["begin"],
  writes: { FLOW: flowFields },
});

/**
 * Holds every lane to this: while packs are ready, a shift waits. One may be missing because whoever was to
 * add it died, or because a worker that had it did: what a worker has does not count. Nor does one that no
 * worker will hear of, because the one that was woken for it stands still. So nobody waits for
 * BullMQ's own check for what has stalled, which would also run whenever a listener resumes; what dead
 * workers had is forgotten when its lock has run out.
 *
 * @returns how many were added
 */
export async function mendShifts(redis: Redis, shifts: Pick<Shifts, "add">): Promise<number> {
  const lanes = (await redis.smembers(keys.lanes)).map((name) => parseLane(name));
  const lacking = await Promise.all(
    lanes.map(async (lane) => {
      const begin = `${keys.shiftPrefix}:${laneName(lane)}:`;
      const lists = { waiting: `${begin}wait`, active: `${begin}active` };
      const marker = `${begin}marker`;
      const names = { ready: keys.ready(lane), flow: keys.flow(lane), ...lists, marker, begin };
      return (await mendScript.run(redis, names)) === 1 ? [lane] : [];
    }),
  );
  for (const lane of lacking.flat()) {
    await shifts.add(lane);
    failpoint("shift mended");
  }
  return lacking.flat().length;
}
