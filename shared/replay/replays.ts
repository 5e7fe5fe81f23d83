import type { Redis } from "../redis/connection.ts";
import { z } from "zod";
import { batchFields } from "../batch/fields.ts";
import { countersOf, type Counters, type Increments } from "../endpoint/verdict/counters.ts";
import { TOMBSTONE_SECONDS, DELETED } from "../job/view.ts";
import { dueMembers } from "../redis/due-members.ts";
import { keysFor, workKeys } from "../redis/keys.ts";
import { asNumber, script } from "../redis/script.ts";
import { replayFields, type NewReplay, type Replay, type ReplayStatus } from "./record.ts";

const at = (file: string): URL => new URL(file, import.meta.url);
const writes = { REPLAY: replayFields };
const report = ["comparison", "disagreements"] as const;
const createScript = script(at("./create.lua"), {
  keys: ["replay", "work", "listing"],
  args: ["id", "boundSeconds"],
  rest: "fields",
  writes,
});
const moveScript = script(at("./move.lua"), {
  keys: ["replay", "work", ...report],
  args: ["id", "from", "to", "problem", "total"],
  reads: { readReplay: replayFields.pick("status", "retentionSeconds") },
  writes,
});
const countScript = script(at("./count.lua"), {
  keys: ["replay", "work", ...report],
  args: ["id", "position", "chunks", "compared", "leftOut", "differing", "most"],
  rest: "increments",
  reads: { readReplay: replayFields.pick("status", "position", "retentionSeconds") },
  writes,
});
const eraseScript = script(at("./erase.lua"), {
  keys: ["replay", "work", "listing", ...report],
  args: ["id", "tenant", "tombstoneSeconds"],
  reads: { readReplay: replayFields.pick("status") },
  writes,
});

/** Pairs that differ which are kept of a replay. */
export const DIFFERING_MAX = 100;

const differingSchema = z.object({
  index: z.number(),
  customId: z.string().nullable(),
  difference: z.string(),
});

/** An item whose outputs differ. */
export type Differing = z.infer<typeof differingSchema>;

/** What a replay has counted so far, and the last items that differ, the last first. */
export interface ReplayReport {
  readonly counters: Counters;
  readonly differing: readonly Differing[];
}

export type FoundReplay = Replay | typeof DELETED | undefined;

/** @param boundSeconds after which nothing of one that never ended is kept */
export async function createReplay(
  redis: Redis,
  { id, ...fields }: NewReplay,
  boundSeconds: number,
): Promise<void> {
  const { replay, work } = namesOf(id);
  const listing = keysFor(id).replays(fields.tenant);
  const status: ReplayStatus = "copying";
  const encoded = replayFields.encode({ ...fields, status });
  await createScript.run(redis, { replay, work, listing, id, boundSeconds, fields: encoded });
}

export async function readReplay(redis: Redis, id: string): Promise<FoundReplay> {
  const hash = await redis.hgetall(namesOf(id).replay);
  const { status } = replayFields.letters;
  if (hash[status] === undefined) return undefined;
  if (hash[status] === DELETED) return DELETED;
  const { status: found, ...fields } = replayFields.decode(hash);
  return found === DELETED ? DELETED : { id, ...fields, status: found };
}

/** Replays that the courier is to look at. */
export async function dueReplays(redis: Redis, most: number) {
  return dueMembers(redis, workKeys.replayWork, most);
}

/** Has it looked at again at a time by Redis' clock. */
export async function postponeReplay(redis: Redis, id: string, atMs: number): Promise<void> {
  await redis.zadd(namesOf(id).work, "XX", atMs, id);
}

/** There is nothing left to do for it. */
export async function forgetReplay(redis: Redis, id: string): Promise<void> {
  await redis.zrem(namesOf(id).work, id);
}

/** What is told of a replay as it moves on. */
export interface MoveFacts {
  /** JSON, of one that failed. */
  readonly problem?: string;
  /** Of one that has them all. */
  readonly items?: number;
}

/** @returns whether it is there now */
export async function moveReplay(
  redis: Redis,
  { id, status: from }: Pick<Replay, "id" | "status">,
  to: Exclude<ReplayStatus, "completed">,
  { problem = "", items }: MoveFacts = {},
): Promise<boolean> {
  const moved = { id, from, to, problem, total: items ?? "" };
  return (await moveScript.run(redis, { ...namesOf(id), ...moved })) === 1;
}

/** What comparing a chunk has found. */
export interface CountedChunk {
  /** Its number, which must be the next. */
  readonly position: number;
  /** Of the batch. */
  readonly chunks: number;
  readonly compared: number;
  readonly leftOut: number;
  readonly increments: Increments;
  /** In the order of the items. */
  readonly differing: readonly Differing[];
}

/** Counts a chunk, unless it was counted before. @returns the number of the next one */
export async function countChunk(redis: Redis, id: string, chunk: CountedChunk): Promise<number> {
  const { increments, differing, ...counted } = chunk;
  const reply = await countScript.run(redis, {
    ...namesOf(id),
    ...counted,
    id,
    most: DIFFERING_MAX,
    increments: [...increments].flat(),
    differing: JSON.stringify(differing.slice(-DIFFERING_MAX).map((it) => JSON.stringify(it))),
  });
  return asNumber(reply) ?? -1;
}

/** Again does no harm. */
export async function eraseReplay(redis: Redis, id: string, tenant: string): Promise<void> {
  await eraseScript.run(redis, {
    ...namesOf(id),
    listing: keysFor(id).replays(tenant),
    id,
    tenant,
    tombstoneSeconds: TOMBSTONE_SECONDS,
  });
}

/** Whether the inputs of a batch stay as long as it does. */
export async function keepsInputs(redis: Redis, batch: string): Promise<boolean> {
  const { keepsInputs: letter } = batchFields.letters;
  return (await redis.hget(keysFor(batch).batch(batch), letter)) === "1";
}

export async function readReport(redis: Redis, id: string): Promise<ReplayReport> {
  const { comparison, disagreements } = namesOf(id);
  const [hash, texts] = await Promise.all([
    redis.hgetall(comparison),
    redis.lrange(disagreements, 0, DIFFERING_MAX - 1),
  ]);
  const differing = texts.map((text) => differingSchema.parse(JSON.parse(text)));
  return { counters: countersOf(hash), differing };
}

function namesOf(id: string) {
  const keys = keysFor(id);
  return {
    replay: keys.replay(id),
    work: keys.replayWork,
    comparison: keys.comparison(id),
    disagreements: keys.disagreements(id),
  };
}
