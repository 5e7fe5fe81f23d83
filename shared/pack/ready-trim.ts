import type { Redis } from "ioredis";
import { parseLane } from "../lane.ts";
import { workKeys as keys } from "../redis/keys.ts";
import { asNumber, script } from "../redis/script.ts";
import { packFields } from "./record.ts";

const trimScript = script(new URL("./ready-trim.lua", import.meta.url), {
  keys: ["ready"],
  args: ["most"],
  // What it is called of a chunk: its status.
  reads: { readHead: packFields.pick("states") },
});

/** Packs of a lane that one call looks at: about a millisecond of Redis. */
const PACKS_A_LOOK = 500;
/** Calls a lane: more may end in a second than one takes away. */
const LOOKS = 20;

/**
 * Forgets packs that ended before a worker took them: one would pass them by, but a lane that nobody serves
 * would collect them for ever. They end about in the order in which they came.
 *
 * @returns how many were
 */
export async function trimReady(redis: Redis): Promise<number> {
  let gone = 0;
  for (const name of await redis.smembers(keys.lanes)) {
    const ready = keys.ready(parseLane(name));
    for (let look = 0; look < LOOKS; look += 1) {
      const trimmed = asNumber(await trimScript.run(redis, { ready, most: PACKS_A_LOOK })) ?? 0;
      gone += trimmed;
      if (trimmed < PACKS_A_LOOK) break;
    }
  }
  return gone;
}
