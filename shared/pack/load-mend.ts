import type { Redis } from "ioredis";
import { flowFields } from "../lane/flow.ts";
import { asList, asNumber, script } from "../redis/script.ts";
import { parseLane } from "../lane.ts";
import { workKeys as keys } from "../redis/keys.ts";
import { chunkFields } from "../batch/fields.ts";
import { packFields } from "./record.ts";

const mendScript = script(new URL("./load-mend.lua", import.meta.url), {
  keys: ["outstanding", "load", "held", "flow"],
  /** `most`: units that are looked at one by one. */
  args: ["most"],
  reads: {
    readFlow: flowFields.pick("running", "accepted", "over", "bytes", "pausedAtMs"),
    readPack: packFields.pick("states"),
    readChunk: chunkFields.pick("items", "succeeded"),
  },
  writes: { FLOW: flowFields },
});

/**
 * Packs and chunks of a lane that one call looks at: about a millisecond of Redis. Of more, only what is below one
 * element each is mended: that pool is up in any case, and the difference stays until fewer are left.
 */
const UNITS_A_LOOK = 1000;

/** What was wrong with the counts of a lane, and is no more. */
export interface MendedLoad {
  readonly lane: string;
  /** Elements that the load list lacked, and that it had too many. */
  readonly added: number;
  readonly removed: number;
  /** Running jobs, jobs that have not ended, or bytes that were counted in a lane at rest. */
  readonly zeroed: number;
}

/**
 * Holds what KEDA reads, and what is counted of a lane, to what is outstanding. An element too many
 * would keep a pool up for ever, and one too few let it sleep beside work. What a paused lane holds is counted where no
 * scaler looks.
 *
 * @returns the lanes that were wrong
 */
export async function mendLoads(redis: Redis): Promise<MendedLoad[]> {
  const lanes = await redis.smembers(keys.lanes);
  const looked = await Promise.all(lanes.map(async (lane) => mendLoad(redis, lane)));
  return looked.filter(({ added, removed, zeroed }) => added + removed + zeroed > 0);
}

async function mendLoad(redis: Redis, name: string): Promise<MendedLoad> {
  const lane = parseLane(name);
  const reply = await mendScript.run(redis, {
    outstanding: keys.outstanding(lane),
    load: keys.load(lane),
    held: keys.held(lane),
    flow: keys.flow(lane),
    most: UNITS_A_LOOK,
  });
  const [added = 0, removed = 0, zeroed = 0] = asList(reply).map((count) => asNumber(count));
  return { lane: name, added, removed, zeroed };
}
