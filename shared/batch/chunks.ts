import type { Redis } from "ioredis";
import { PACK_BYTES_MAX } from "../job/payload.ts";
import { keysFor } from "../redis/keys.ts";
import { script } from "../redis/script.ts";
import type { ChunkSettle, TakenChunk } from "./chunk.ts";
import { chunkFields } from "./fields.ts";
import { listItems, unpackEven, unpackItems, type BatchItem, type EvenItems } from "./items.ts";

const aloneScript = script(new URL("./chunk-alone.lua", import.meta.url), {
  keys: ["chunk"],
  args: ["run", "offset", "runs"],
  reads: { readChunk: chunkFields.pick("status", "run") },
});

/** What there is to do in a chunk. */
interface ChunkWork {
  /** Undefined when they are lost or unreadable. */
  readonly items: readonly BatchItem[] | undefined;
  /** The same, where their rows stand side by side. */
  readonly even: EvenItems | undefined;
  /** Lines of earlier attempts: what succeeded in them is done. Empty the first time. */
  readonly earlier: string;
}

/** A chunk with all that running it needs. */
export type ReadChunk = TakenChunk & ChunkWork;

/** Reads what of a chunk did not come with the turn that took it. */
export async function readChunk(redis: Redis, chunk: TakenChunk): Promise<ReadChunk> {
  const { name, packed, succeeded } = chunk;
  const keys = keysFor(name);
  const [input, earlier] = await Promise.all([
    packed.length > 0 ? packed : redis.getBuffer(keys.chunkItems(name)),
    succeeded > 0 ? redis.get(keys.chunkLines(name)) : null,
  ]);
  return { ...chunk, ...itemsOf(input), earlier: earlier ?? "" };
}

const LOST = { items: undefined, even: undefined };

function itemsOf(packed: Buffer | null): Pick<ChunkWork, "items" | "even"> {
  if (packed === null || packed.length === 0) return LOST;
  try {
    const even = unpackEven(packed);
    return { items: even === undefined ? unpackItems(packed) : listItems(even), even };
  } catch {
    return LOST;
  }
}

/** How long lines wait for the turn that settles their chunk. */
const CLAIM_SECONDS = 600;

/**
 * Puts the lines of a chunk into Redis, in front of the turn that settles it, when they are too large to
 * travel with others.
 *
 * @returns what the turn is to say. When Redis takes nothing more the lines travel all the same: a turn
 *   frees memory before it needs any
 */
export async function claimLines(redis: Redis, settle: ChunkSettle): Promise<ChunkSettle> {
  const { pack, attempt, lines } = settle;
  if (Buffer.byteLength(lines) <= PACK_BYTES_MAX) return settle;
  try {
    await redis.set(keysFor(pack).claimedLines(pack, attempt), lines, "EX", CLAIM_SECONDS);
    return { ...settle, lines: "" };
  } catch (error) {
    if (error instanceof Error && error.message.startsWith("OOM")) return settle;
    throw error;
  }
}

/** A chunk that a run has. */
export interface HeldChunk {
  readonly name: string;
  readonly run: string;
}

/** Whether a run still has its chunk: neither ended nor canceled. */
export async function isChunkHeld(redis: Redis, { name, run }: HeldChunk): Promise<boolean> {
  return (await redis.hget(keysFor(name).pack(name), chunkFields.letters.run)) === run;
}

/**
 * Writes down how many exclusive runs an item has had: one more before such a run starts, so that
 * one which ends its worker is known, and one less when it has ended.
 *
 * @param offset of the item in its chunk
 */
export async function noteExclusiveRunsOf(
  redis: Redis,
  { name, run }: HeldChunk,
  offset: number,
  runs: number,
): Promise<void> {
  await aloneScript.run(redis, { chunk: keysFor(name).pack(name), run, offset, runs });
}
