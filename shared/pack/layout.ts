import type { Redis } from "ioredis";
import { batchFields } from "../batch/fields.ts";
import { controlKeys } from "../redis/keys.ts";
import { asList, asNumber, script } from "../redis/script.ts";

/** Of what is unfinished. 2: jobs in packs. 3: what tenants have is counted in strings. */
export const LAYOUT = 3;

const layoutScript = script(new URL("./layout.lua", import.meta.url), {
  keys: ["layout"],
  args: ["known"],
  reads: { readBatch: batchFields.pick("ends", "endsSunk") },
});

/**
 * The first thing of a role once it has reached Redis: no role begins beside work that it would not find.
 * What has ended before and only waits for its time to live does not matter.
 *
 * @throws when an earlier release has not finished its work there, or a later one has begun
 */
export async function checkLayout(redis: Redis): Promise<void> {
  const reply = await layoutScript.run(redis, { layout: controlKeys.layout, known: LAYOUT });
  const [later = 0, jobs = 0, dispatches = 0, batches = 0] = asList(reply).map(asNumber);
  if (later > 0) {
    throw new Error(
      `Redis holds data of a later release (layout ${later}; this one knows ${LAYOUT})`,
    );
  }
  if (jobs + dispatches + batches === 0) return;
  throw new Error(
    "Redis holds unfinished work of an earlier release, which this one cannot go on with (jobs: " +
      `${jobs}, dispatches: ${dispatches}, batches: ${batches}). Stop the gateways of that release, let ` +
      "its workers and couriers run until nothing is left, and start this one again; see Upgrading in " +
      "docs/operations.md",
  );
}
