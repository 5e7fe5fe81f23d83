import type { Redis } from "ioredis";
import { readIds, unpackItems, type BatchItem } from "./items.ts";
import { splitLines, stoppedLines } from "./lines.ts";
import type { ResultFolder } from "./result-folder.ts";
import { keysFor } from "../redis/keys.ts";

/** What there is to say of the items of a chunk. */
export interface ChunkResults {
  readonly number: number;
  /** A line for each item, in their order; undefined when the chunk has not ended, or is gone. */
  readonly lines: readonly string[] | undefined;
  /** Of one that is run again: the lines of the attempt before, as `lines` were. */
  readonly earlier?: readonly string[] | undefined;
}

/**
 * @param numbers of chunks of the batch
 * @param folder where lines are that are not in Redis any more
 * @throws {ScoringError} `service_unavailable` when they cannot be read there
 */
export async function readChunks(
  redis: Redis,
  batch: string,
  numbers: readonly number[],
  folder: ResultFolder,
): Promise<readonly ChunkResults[]> {
  return Promise.all(
    numbers.map(async (number) => ({ number, ...(await linesOf(redis, batch, number, folder)) })),
  );
}

async function linesOf(
  redis: Redis,
  batch: string,
  number: number,
  folder: ResultFolder,
): Promise<Pick<ChunkResults, "lines" | "earlier">> {
  const chunk = `${batch}/${number}`;
  const keys = keysFor(batch);
  // In this order: lines that leave Redis between two of these are found where they went.
  const [[status, first, attempt], lines, place] = await Promise.all([
    redis.hmget(keys.pack(chunk), "s", "f", "ba"),
    redis.get(keys.chunkLines(chunk)),
    redis.hget(keys.pack(chunk), "sf"),
  ]);
  if (status === "e") {
    if (lines !== null) return { lines: splitLines(lines) };
    return { lines: place === null ? undefined : await folder.read(batch, place, Number(first)) };
  }
  if (status !== "c" && status !== "x") {
    return { lines: undefined, earlier: splitLines(lines ?? "") };
  }
  const items = await readItems(redis, chunk);
  const end = status === "c" ? "canceled" : "expired";
  const stopped = { status: end, attempt: Number(attempt ?? 1) } as const;
  return { lines: stoppedLines(items, Number(first), lines ?? undefined, stopped) };
}

/** The items of a chunk as they were sent; none when they are gone. @param chunk `<batch id>/<number>` */
export async function readItems(redis: Redis, chunk: string): Promise<readonly BatchItem[]> {
  const packed = await redis.getBuffer(keysFor(chunk).chunkItems(chunk));
  return packed === null ? [] : unpackItems(packed);
}

/** Usually all that stands before the rows. */
const IDS_BYTES = 16_384;

/** The custom ids that the items of a chunk have taken. @param chunk `<batch id>/<number>` */
export async function readCustomIds(redis: Redis, chunk: string): Promise<readonly string[]> {
  const name = keysFor(chunk).chunkItems(chunk);
  for (let bytes = IDS_BYTES; ;) {
    const start = await redis.getrangeBuffer(name, 0, bytes - 1);
    if (start.length === 0) return [];
    const found = readIds(start);
    if ("ids" in found) return found.ids;
    bytes = found.needed;
  }
}

/** A chunk that has ended, and when. */
export interface EndedChunk {
  readonly number: number;
  /** 1 and up, by the order in which chunks ended. A chunk that ended again has a later one. */
  readonly sequence: number;
}

/** @param after chunks that ended up to this one are left out @param count most of them */
export async function readEnded(
  redis: Redis,
  batch: string,
  after: number,
  count: number,
): Promise<readonly EndedChunk[]> {
  const flat = await redis.zrangebyscore(
    keysFor(batch).batchDone(batch),
    `(${after}`,
    "+inf",
    "WITHSCORES",
    "LIMIT",
    0,
    count,
  );
  const ended: EndedChunk[] = [];
  for (let i = 0; i < flat.length; i += 2) {
    ended.push({ number: Number(flat[i]), sequence: Number(flat[i + 1]) });
  }
  return ended;
}
