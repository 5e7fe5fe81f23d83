import type { Redis } from "../redis/connection.ts";
import { z } from "zod";
import {
  counterFields,
  countersOf,
  type Counters,
  type Increments,
} from "../endpoint/verdict/counters.ts";
import { indexOf, ownPackOf, packOf } from "../id.ts";
import { seatFields } from "../pack/record.ts";
import { seat } from "../pack/seat.ts";
import { dueMembers } from "../redis/due-members.ts";
import { keysFor, workKeys as keys } from "../redis/keys.ts";
import { asList, asText, script } from "../redis/script.ts";
import { shadowEndOf, type ShadowEnd } from "./parent.ts";

const countScript = script(new URL("./count-pair.lua", import.meta.url), {
  behind: [seat],
  keys: ["ends", "comparison", "disagreements", "pack", "ownPack"],
  args: ["member", "disagreement", "most", "seconds", "index", "tenant", "shadow"],
  rest: "increments",
  writes: { SEAT: seatFields, COMPARISON: counterFields.pick("begun") },
});

/** Pairs whose outputs differ that are kept of a comparison. */
export const DISAGREEMENTS_MAX = 100;
/** How long a comparison is kept after its last pair, in seconds: 90 days. */
const KEPT_SECONDS = 7_776_000;

/** Two versions under an endpoint's names: with another version another comparison begins. */
export interface ComparisonName {
  readonly endpoint: string;
  readonly variant: string;
  readonly shadow: string;
  /** `name@version` of the variant, and of the shadow. */
  readonly live: string;
  readonly candidate: string;
}

function textOf({ endpoint, variant, shadow, live, candidate }: ComparisonName): string {
  return [endpoint, variant, shadow, live, candidate].join("/");
}

const disagreementSchema = z.object({
  job: z.string(),
  tenant: z.string(),
  difference: z.string(),
  atMs: z.number(),
});

/** A pair whose outputs differ: the live job, whose it is, and the first place. */
export type Disagreement = z.infer<typeof disagreementSchema>;

/** Shadows that have ended and that nobody has compared yet, the first first. */
export async function endedShadows(redis: Redis, most: number) {
  const { members, nowMs } = await dueMembers(redis, keys.shadowEnds, most);
  return { ends: members.map((member) => shadowEndOf(member)), nowMs };
}

/** Has it looked at again at a time by Redis' clock: its live job has not ended. */
export async function postponeShadow(
  redis: Redis,
  { member }: ShadowEnd,
  atMs: number,
): Promise<void> {
  await redis.zadd(keys.shadowEnds, "XX", atMs, member);
}

/** Makes no pair of it. @returns whether it was given up here */
export async function dropShadow(redis: Redis, { member }: ShadowEnd): Promise<boolean> {
  return (await redis.zrem(keys.shadowEnds, member)) === 1;
}

export interface CountedPair {
  readonly end: ShadowEnd;
  readonly comparison: ComparisonName;
  readonly increments: Increments;
  readonly disagreement: Disagreement | undefined;
}

export interface PairCount {
  /** Unless it was counted before. */
  readonly isCounted: boolean;
  /** Of the live job, JSON; of one that has none it will count when it comes. */
  readonly label: string | undefined;
}

/** Counts a pair, unless it was counted before. */
export async function countPair(redis: Redis, pair: CountedPair): Promise<PairCount> {
  const { end, disagreement } = pair;
  const { id, tenant, shadow } = end.parent;
  const name = textOf(pair.comparison);
  const reply = await countScript.run(redis, {
    ends: keys.shadowEnds,
    comparison: keys.comparison(name),
    disagreements: keys.disagreements(name),
    member: end.member,
    disagreement: disagreement === undefined ? "" : JSON.stringify(disagreement),
    most: DISAGREEMENTS_MAX,
    seconds: KEPT_SECONDS,
    ...seatKeys(id),
    tenant,
    shadow: `${end.id} ${shadow}`,
    increments: [...pair.increments].flat(),
  });
  const [isCounted, label] = asList(reply);
  return { isCounted: isCounted === 1, label: asText(label) };
}

/** Where a job is. */
export function seatKeys(id: string) {
  return {
    pack: keysFor(id).pack(packOf(id)),
    ownPack: keysFor(id).pack(ownPackOf(id)),
    index: indexOf(id),
  };
}

export function comparisonKey(name: ComparisonName): string {
  return keys.comparison(textOf(name));
}

export async function readCounters(redis: Redis, name: ComparisonName): Promise<Counters> {
  return countersOf(await redis.hgetall(keys.comparison(textOf(name))));
}

/** Newest first. */
export async function readDisagreements(redis: Redis, name: ComparisonName) {
  const texts = await redis.lrange(keys.disagreements(textOf(name)), 0, DISAGREEMENTS_MAX - 1);
  return texts.map((text) => disagreementSchema.parse(JSON.parse(text)));
}

/** Begins anew; pairs that have not been compared yet count in what begins. */
export async function resetComparison(redis: Redis, name: ComparisonName): Promise<void> {
  await redis.unlink(keys.comparison(textOf(name)), keys.disagreements(textOf(name)));
}
