import type { Redis } from "ioredis";
import { script } from "../redis/script.ts";
import { deliverEnd } from "../webhook/deliver.ts";
import { packFields } from "./record.ts";
import { seat, seatArgs } from "./seat.ts";

const keepScript = script(new URL("./keep.lua", import.meta.url), {
  behind: [seat, deliverEnd],
  keys: ["pack", "ownPack"],
  args: ["index", "tenant"],
  reads: { readPack: packFields.pick("isTaken", "endedAtMs", "limits") },
  writes: { PACK: packFields },
});

/**
 * Keeps a result that its own POST could not take along for as long as those that nobody waited for.
 *
 * @param id of a job whose tenant that is
 */
export async function keepResult(redis: Redis, id: string, tenant: string): Promise<void> {
  await keepScript.run(redis, seatArgs(id, tenant));
}
