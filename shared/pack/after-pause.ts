import type { Redis } from "ioredis";
import { parseLane } from "../lane.ts";
import { pauseFunctions } from "../lane/flow.ts";
import { workKeys as keys } from "../redis/keys.ts";
import { asNumber, script } from "../redis/script.ts";

const afterScript = script(new URL("./after-pause.lua", import.meta.url), {
  behind: [pauseFunctions],
  keys: ["still"],
  args: ["lane", "most"],
});

/** Packs of a lane that one call looks at: about a millisecond of Redis. */
const PACKS_A_LOOK = 1000;
/** Calls a lane. */
const LOOKS = 20;

/**
 * The time to start stands still while a lane is paused, so that nobody looks whether it ran out. When the lane goes on
 * each pack that it might have run out for is looked at again.
 *
 * @returns how many are
 */
export async function lookAfterPauses(redis: Redis): Promise<number> {
  let all = 0;
  for (const lane of await redis.smembers(keys.lanes)) {
    const still = keys.still(parseLane(lane));
    for (let look = 0; look < LOOKS; look += 1) {
      const found =
        asNumber(await afterScript.run(redis, { still, lane, most: PACKS_A_LOOK })) ?? 0;
      all += found;
      if (found < PACKS_A_LOOK) break;
    }
  }
  return all;
}
