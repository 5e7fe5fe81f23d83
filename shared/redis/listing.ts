import type { Redis } from "ioredis";
import { asList, asNumber, script } from "./script.ts";
import { workKeys as keys } from "./keys.ts";

const trimScript = script(new URL("./trim.lua", import.meta.url), {
  keys: ["listing"],
  /** `first`: rank of the first to look at; `records`: how the keys of its records begin. */
  args: ["first", "count", "records"],
});

/** Where a listing goes on: behind this job, towards older ones. */
export interface ListingEntry {
  readonly createdAtMs: number;
  readonly id: string;
}

export interface ListingWindow {
  /** Undefined: from the newest. */
  readonly after: ListingEntry | undefined;
  /** Epoch ms, both exclusive. */
  readonly createdAfterMs: number | undefined;
  readonly createdBeforeMs: number | undefined;
  readonly count: number;
}

/**
 * Members of a listing, newest first: ids of a tenant's batches or deliveries, names of packs. What arrives meanwhile stands before
 * the entry, so that a walk sees each older one once. Some may have expired; their records say so.
 *
 * @param listing key of the list
 */
export async function listIds(
  redis: Redis,
  listing: string,
  window: ListingWindow,
): Promise<readonly ListingEntry[]> {
  const { after, createdAfterMs, createdBeforeMs, count } = window;
  const before = createdBeforeMs === undefined ? "+inf" : `(${createdBeforeMs}`;
  const from = after === undefined ? before : String(after.createdAtMs);
  const to = createdAfterMs === undefined ? "-inf" : `(${createdAfterMs}`;
  const entries: ListingEntry[] = [];
  // Members of one score come in descending order of id: those of the entry's own ms are walked
  // over again, in steps, because a burst may have made more of them than one step holds.
  for (let offset = 0; entries.length < count; offset += count) {
    const flat = await redis.zrevrangebyscore(
      listing,
      from,
      to,
      "WITHSCORES",
      "LIMIT",
      offset,
      count,
    );
    for (let i = 0; i < flat.length; i += 2) {
      const entry = { id: flat[i] ?? "", createdAtMs: Number(flat[i + 1]) };
      if (after === undefined || isBehind(entry, after)) entries.push(entry);
    }
    if (flat.length < 2 * count) break;
  }
  return entries.slice(0, count);
}

function isBehind(entry: ListingEntry, after: ListingEntry): boolean {
  if (entry.createdAtMs !== after.createdAtMs) return entry.createdAtMs < after.createdAtMs;
  return entry.id < after.id;
}

const IDS_A_STEP = 1000;
const STEPS_A_SWEEP = 10;

/**
 * Takes what has expired out of the listings, from the oldest: as long as a step finds any it goes
 * on, and from where it finds none it goes on with the next sweep.
 */
export class ListingTrim {
  readonly #redis: Redis;
  /** By listing: the rank to go on from. */
  readonly #ranks = new Map<string, number>();

  constructor(redis: Redis) {
    this.#redis = redis;
  }

  /** @returns how many ids were taken out */
  async sweep(): Promise<number> {
    let taken = 0;
    for (const tenant of await this.#redis.smembers(keys.tenants)) {
      taken += await this.#sweepListing(keys.jobs(tenant), keys.pack(""));
      taken += await this.#sweepListing(keys.batches(tenant), keys.batch(""));
      taken += await this.#sweepListing(keys.deliveries(tenant), keys.delivery(""));
      taken += await this.#sweepListing(keys.deadLetters(tenant), keys.delivery(""));
      taken += await this.#sweepListing(keys.replays(tenant), keys.replay(""));
    }
    return taken;
  }

  async #sweepListing(listing: string, records: string): Promise<number> {
    let taken = 0;
    for (let step = 0; step < STEPS_A_SWEEP; step += 1) {
      const rank = this.#ranks.get(listing) ?? 0;
      const window = { listing, first: rank, count: IDS_A_STEP, records };
      const reply = await trimScript.run(this.#redis, window);
      const [stay, gone] = asList(reply).map((it) => asNumber(it) ?? 0);
      taken += gone ?? 0;
      // Behind the last one it starts over, at the next sweep.
      const isLast = (stay ?? 0) + (gone ?? 0) < IDS_A_STEP;
      this.#ranks.set(listing, isLast ? 0 : rank + (stay ?? 0));
      if (isLast || gone === 0) break;
    }
    return taken;
  }
}
