import type { Redis } from "ioredis";
import { TOMBSTONE_SECONDS } from "../job/view.ts";
import { keysFor } from "../redis/keys.ts";
import { asOneOf, script } from "../redis/script.ts";
import { deliverEnd } from "../webhook/deliver.ts";
import { packFields, seatFields } from "./record.ts";
import { seat, seatArgs, slice } from "./seat.ts";
import { endingJobs } from "./settle.ts";

const eraseScript = script(new URL("./erase.lua", import.meta.url), {
  behind: [...endingJobs, slice, seat, deliverEnd],
  keys: ["pack", "ownPack", "erased"],
  args: ["id", "index", "tenant", "tombstoneSeconds"],
  reads: { readInputs: packFields.pick("inputs", "bytes") },
  writes: { PACK: packFields, SEAT: seatFields },
});

const verdicts = ["erased", "missing", "not_ended"] as const;

/**
 * Erases input, output and fields of a job that has ended, and ends its deliveries; `erased` also the second
 * time. Of its neighbours nothing changes.
 */
export async function eraseJob(
  redis: Redis,
  id: string,
  tenant: string,
): Promise<(typeof verdicts)[number]> {
  const reply = await eraseScript.run(redis, {
    ...seatArgs(id, tenant),
    erased: keysFor(id).erased,
    id,
    tombstoneSeconds: TOMBSTONE_SECONDS,
  });
  return asOneOf(reply, verdicts);
}
