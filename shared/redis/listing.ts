import type { Redis } from "ioredis";
import { asList, asNumber, script } from "./script.ts";
import { workKeys as keys } from "./keys.ts";

const trimScript = script(new URL("./trim.lua", import.meta.url), {
  keys: ["listing"],
  /** `records`: how the keys of its records begin. */
  args: ["records", "rank", "count", "since"],
  rest: "ages",
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
/** Most steps, or slices of time, of a listing in a sweep. */
const STEPS_A_SWEEP = 10;
/** Sweeps between two looks at a listing: this many, up to twice as many. */
const SWEEPS_AT_REST = 5;

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/**
 * A member is looked at when it comes to one of these ages: soon after the end of what is kept for five minutes
 * (results that were taken along), an hour or a day (the defaults), and now and then for what is kept for
 * another time. In ms.
 */
const AGES_MS: readonly number[] = [
  ...[1.25, 5.5, 15].map((minutes) => minutes * MINUTE_MS),
  ...[1.1, 4].map((hours) => hours * HOUR_MS),
  ...[1.05, 3, 8, 32, 128, 512].map((days) => days * DAY_MS),
];

/** How far a listing has been looked at. */
interface Looked {
  /** Where the first look at all of it goes on; undefined behind its end. */
  readonly rank: number | undefined;
  /** What came to an age before this has been looked at, at the latest when `rank` comes to its end. */
  readonly sinceMs: number | undefined;
  /** The sweep with which it goes on. */
  readonly sweep: number;
}

const NEVER: Looked = { rank: 0, sinceMs: undefined, sweep: 0 };

/**
 * Takes what has expired out of the listings: first out of all that is there, and from then on of what
 * comes to certain ages. So each member is looked at a few times, however long the listing is and whatever else
 * is in it.
 */
export class ListingTrim {
  readonly #redis: Redis;
  readonly #looked = new Map<string, Looked>();
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
    let looked = this.#looked.get(listing) ?? NEVER;
    let taken = 0;
    for (let step = 0; step < STEPS_A_SWEEP && looked.sweep <= this.#sweeps; step += 1) {
      const look = await this.#look(listing, records, looked);
      looked = look.looked;
      taken += look.taken;
    }
    this.#looked.set(listing, looked);
    return taken;
  }

  async #look(
    listing: string,
    records: string,
    { rank, sinceMs, sweep }: Looked,
  ): Promise<{ readonly looked: Looked; readonly taken: number }> {
    const reply = await trimScript.run(this.#redis, {
      listing,
      records,
      rank: rank ?? "",
      count: IDS_A_STEP,
      since: sinceMs ?? 0,
      ages: AGES_MS,
    });
    const [nowMs = 0, untilMs = 0, left = 0, taken = 0] = asList(reply).map((it) => asNumber(it));
    if (rank === undefined) {
      const next = untilMs < nowMs ? sweep : this.#afterRest();
      return { looked: { rank, sinceMs: untilMs, sweep: next }, taken };
    }
    const from = sinceMs ?? nowMs;
    const looked =
      left + taken < IDS_A_STEP
        ? { rank: undefined, sinceMs: from, sweep: this.#afterRest() }
        : { rank: rank + left, sinceMs: from, sweep };
    return { looked, taken };
  }

  /** Not in step with others: a thousand tenants have five thousand listings. */
  #afterRest(): number {
    return this.#sweeps + Math.ceil(SWEEPS_AT_REST * (1 + Math.random()));
  }
}
