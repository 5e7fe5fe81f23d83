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

/** The first look at a place, and those behind it where the first found any that have gone. */
const IDS_A_LOOK = 100;
const IDS_A_STEP = 1000;
const STEPS_A_VISIT = 10;
/** Sweeps that leave a listing alone in which none had gone: this many, up to twice as many. */
const SWEEPS_AT_REST = 7;

interface Visit {
  readonly taken: number;
  /** Behind the last that was looked at; 0 at the end of the listing. */
  readonly rank: number;
}

/**
 * Takes what has expired out of the listings. Most of it is where a listing is oldest, so each visit begins
 * there. What goes earlier than those before it is found by a look that moves on with each visit. A visit that
 * finds none costs two commands, and is followed by a rest.
 */
export class ListingTrim {
  readonly #redis: Redis;
  /** By listing: the rank from which the look that moves goes on. */
  readonly #ranks = new Map<string, number>();
  /** By listing: the sweep from which on it is visited again. */
  readonly #rests = new Map<string, number>();
  #sweeps = 0;

  constructor(redis: Redis) {
    this.#redis = redis;
  }

  /** @returns how many ids were taken out */
  async sweep(): Promise<number> {
    let taken = 0;
    this.#sweeps += 1;
    for (const tenant of await this.#redis.smembers(keys.tenants)) {
      taken += await this.#visit(keys.jobs(tenant), keys.pack(""));
      taken += await this.#visit(keys.batches(tenant), keys.batch(""));
      taken += await this.#visit(keys.deliveries(tenant), keys.delivery(""));
      taken += await this.#visit(keys.deadLetters(tenant), keys.delivery(""));
      taken += await this.#visit(keys.replays(tenant), keys.replay(""));
    }
    return taken;
  }

  async #visit(listing: string, records: string): Promise<number> {
    if ((this.#rests.get(listing) ?? 0) > this.#sweeps) return 0;
    const oldest = await this.#trimFrom(0, listing, records);
    if (oldest.taken > 0) return oldest.taken;
    let taken = 0;
    if (oldest.rank > 0) {
      const from = Math.max(oldest.rank, this.#ranks.get(listing) ?? 0);
      const further = await this.#trimFrom(from, listing, records);
      this.#ranks.set(listing, further.rank);
      taken = further.taken;
    }
    if (taken === 0) this.#rest(listing);
    return taken;
  }

  /** Not all at once, and not in step: a thousand tenants have five thousand listings. */
  #rest(listing: string): void {
    const sweeps = Math.ceil(SWEEPS_AT_REST * (1 + Math.random()));
    this.#rests.set(listing, this.#sweeps + sweeps);
  }

  /** Goes on as long as it finds any. */
  async #trimFrom(first: number, listing: string, records: string): Promise<Visit> {
    let [taken, rank] = [0, first];
    for (let step = 0; step < STEPS_A_VISIT; step += 1) {
      const count = step === 0 ? IDS_A_LOOK : IDS_A_STEP;
      const reply = await trimScript.run(this.#redis, { listing, first: rank, count, records });
      const [stay = 0, gone = 0] = asList(reply).map((it) => asNumber(it) ?? 0);
      taken += gone;
      rank += stay;
      if (stay + gone < count) return { taken, rank: 0 };
      if (gone === 0) break;
    }
    return { taken, rank };
  }
}
