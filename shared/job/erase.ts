import type { Redis } from "ioredis";
import { asOneOf, Script } from "../redis/script.ts";
import { keysFor } from "../redis/keys.ts";
import { deliverEnd } from "../webhook/deliver.ts";

const script = new Script([deliverEnd, { url: new URL("./erase.lua", import.meta.url) }]);

/** How long a deleted job answers that it was deleted, in seconds. */
export const TOMBSTONE_SECONDS = 86_400;

const verdicts = ["erased", "missing", "not_ended"] as const;

/** Erases input, output and record of a job that has ended, and ends its deliveries; `erased` also the second time. */
export async function eraseJob(
  redis: Redis,
  id: string,
  tenant: string,
): Promise<(typeof verdicts)[number]> {
  const keys = keysFor(id);
  const reply = await script.run(redis, [keys.job(id), keys.jobs(tenant)], [id, TOMBSTONE_SECONDS]);
  return asOneOf(reply, verdicts);
}
