import type { Redis } from "ioredis";
import { asOneOf, asText, script } from "../redis/script.ts";
import { keysFor, workKeys } from "../redis/keys.ts";
import { batchFields, chunkFields } from "./fields.ts";

const claimScript = script(new URL("./sink-claim.lua", import.meta.url), {
  keys: ["sinks"],
  args: ["leaseMs"],
});
const placeScript = script(new URL("./sink-place.lua", import.meta.url), {
  keys: ["batch", "chunk", "lines"],
  args: ["attempt", "bytes", "place"],
  reads: { readChunk: chunkFields.pick("status", "attempt", "items", "succeeded", "place") },
  writes: { BATCH: batchFields, CHUNK: chunkFields },
});
const nextScript = script(new URL("./sink-next.lua", import.meta.url), {
  keys: ["batch"],
  args: ["id", "upTo", "pauseMs"],
  reads: { readBatch: batchFields.pick("status", "ends", "endsSunk", "endedAtMs") },
  writes: { BATCH: batchFields },
});

/**
 * The next batch whose results are to be moved into the folder, for one courier at a time.
 *
 * @param leaseMs how long it is left to whoever asked
 * @returns its id
 */
export async function claimSink(redis: Redis, leaseMs: number): Promise<string | undefined> {
  return asText(await claimScript.run(redis, { sinks: workKeys.batchSinks, leaseMs }));
}

/** Ends of chunks that have been looked at already. */
export async function sunkUpTo(redis: Redis, batch: string): Promise<number> {
  return Number((await redis.hget(keysFor(batch).batch(batch), "sk")) ?? 0);
}

/** A chunk that stays as it is from now on, with lines in Redis. */
export interface SinkableChunk {
  readonly number: number;
  readonly attempt: string;
  /** Of its lines. */
  readonly bytes: number;
}

/**
 * Of some chunks those all of whose items succeeded: the others may be retried, beside their lines.
 */
export async function sinkableChunks(
  redis: Redis,
  batch: string,
  numbers: readonly number[],
): Promise<readonly SinkableChunk[]> {
  const keys = keysFor(batch);
  const found = await Promise.all(
    numbers.map(async (number) => {
      const chunk = `${batch}/${number}`;
      const [[status, items, succeeded, attempt], bytes] = await Promise.all([
        redis.hmget(keys.pack(chunk), "s", "n", "ok", "a"),
        redis.strlen(keys.chunkLines(chunk)),
      ]);
      const isWhole = status === "e" && items === succeeded && bytes > 0;
      return isWhole ? [{ number, attempt: attempt ?? "", bytes }] : [];
    }),
  );
  return found.flat();
}

/** The lines of a chunk as they are in Redis; empty when they have gone. */
export async function linesInRedis(redis: Redis, batch: string, number: number): Promise<Buffer> {
  const lines = await redis.getBuffer(keysFor(batch).chunkLines(`${batch}/${number}`));
  return lines ?? Buffer.alloc(0);
}

/** `late`: they stay where they are, or are elsewhere already. */
export type PlaceVerdict = (typeof placeVerdicts)[number];

const placeVerdicts = ["placed", "late"] as const;

/** Writes down where the lines of a chunk stand in the folder, and takes them out of Redis. */
export async function placeChunk(
  redis: Redis,
  batch: string,
  chunk: SinkableChunk,
  place: string,
): Promise<PlaceVerdict> {
  const name = `${batch}/${chunk.number}`;
  const keys = keysFor(batch);
  const reply = await placeScript.run(redis, {
    batch: keys.batch(batch),
    chunk: keys.pack(name),
    lines: keys.chunkLines(name),
    attempt: chunk.attempt,
    bytes: chunk.bytes,
    place,
  });
  return asOneOf(reply, placeVerdicts);
}

export interface SinkLook {
  readonly batch: string;
  /** Ends of chunks that have been looked at. */
  readonly upTo: number;
  /** Until the next look while it runs, in ms. */
  readonly pauseMs: number;
}

const lookEnds = ["kept", "gone"] as const;

/** @returns `gone` when nothing of the batch is kept any more: its folder can go as well */
export async function endSinkLook(
  redis: Redis,
  look: SinkLook,
): Promise<(typeof lookEnds)[number]> {
  const { batch: id, upTo, pauseMs } = look;
  const batch = keysFor(id).batch(id);
  const reply = await nextScript.run(redis, { batch, id, upTo, pauseMs });
  return asOneOf(reply, lookEnds);
}

/** No courier looks at the batch again. */
export async function forgetSink(redis: Redis, batch: string): Promise<void> {
  await redis.zrem(keysFor(batch).batchSinks, batch);
}

/** A courier looks at the batch again then, and not before. */
export async function postponeSink(redis: Redis, batch: string, atMs: number): Promise<void> {
  await redis.zadd(keysFor(batch).batchSinks, "XX", atMs, batch);
}
