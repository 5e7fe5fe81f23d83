import type { Redis } from "ioredis";
import { digitOf, indexOf, packOf } from "../id.ts";
import { keysForPack, workKeys } from "../redis/keys.ts";
import { listIds, type ListingEntry, type ListingWindow } from "../redis/listing.ts";
import { packFields } from "./record.ts";

/** Behind every member of a pack, which are its name and perhaps `:` and indexes. */
const BEHIND_PACK = "~";

/**
 * Ids of a tenant's jobs, newest first, and of a pack those with the highest index. What arrives meanwhile
 * stands before the entry, so that a walk sees each older one once. What was erased is left out; some may
 * have expired.
 *
 * A listing has one member a pack, with the indexes of the tenant's own jobs, as digits, unless all are its own.
 */
export async function listJobs(
  redis: Redis,
  tenant: string,
  window: ListingWindow,
): Promise<readonly ListingEntry[]> {
  const { after, count } = window;
  const found: ListingEntry[] = [];
  let from = after && { ...after, id: packOf(after.id) + BEHIND_PACK };
  while (found.length < count) {
    const members = await listIds(redis, workKeys.jobs(tenant), { ...window, after: from });
    const jobs = (await Promise.all(members.map(async (it) => jobsOf(redis, it)))).flat();
    found.push(...jobs.filter((job) => after === undefined || isBehind(job, after)));
    if (members.length < count) break;
    from = members.at(-1);
  }
  return found.slice(0, count);
}

/** Only those of the entry's own pack may stand before it. */
function isBehind(job: ListingEntry, after: ListingEntry): boolean {
  return packOf(job.id) !== packOf(after.id) || indexOf(job.id) < indexOf(after.id);
}

async function jobsOf(redis: Redis, member: ListingEntry): Promise<readonly ListingEntry[]> {
  const jobs = await listedJobs(redis, member);
  const shown = jobs.filter(({ state }) => !GONE.has(state));
  return shown.toReversed().map(({ id }) => ({ createdAtMs: member.createdAtMs, id }));
}

/** Deleted, or never accepted. */
const GONE = new Set(["D", "N"]);

/** The tenant's own jobs of a member of its listing, by index, each with its state and the name of its lane. */
export async function listedJobs(redis: Redis, { id: member }: ListingEntry) {
  const [pack = "", own] = member.split(":");
  const fields = packFields.letters;
  const key = keysForPack(pack).pack(pack);
  const [states, tags, lane] = await redis.hmget(key, fields.states, fields.tags, fields.lane);
  if (!states || !tags) return [];
  return states.split("").flatMap((state, index) => {
    const digit = digitOf(index);
    const id = `job_${pack}${digit}${tags.slice(4 * index, 4 * index + 4)}`;
    return own === undefined || own.includes(digit) ? [{ id, state, lane }] : [];
  });
}
