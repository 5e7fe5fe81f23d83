import type { Redis } from "ioredis";
import { endFunctions } from "./fields.ts";
import { unpackItems, type BatchItem } from "./items.ts";
import { BATCH_VERSION } from "./record.ts";
import { ScoringError, toProblem } from "../error.ts";
import { asNumber, asOneOf, asText, Script, type Reply } from "../redis/script.ts";
import { UnknownRecordError } from "../job/fetch.ts";
import type { Lane } from "../lane.ts";
import { flowFunctions, paceFunctions } from "../lane/flow.ts";
import { keysFor } from "../redis/keys.ts";
import { deliver } from "../webhook/deliver.ts";

const at = (file: string) => ({ url: new URL(file, import.meta.url) });
const functions = [deliver, endFunctions, flowFunctions, paceFunctions];
const fetchScript = new Script([flowFunctions, at("./chunk-fetch.lua")]);
const releaseScript = new Script([flowFunctions, at("./chunk-release.lua")]);
const aloneScript = new Script([at("./chunk-alone.lua")]);
const settleScript = new Script([...functions, at("./chunk-settle.lua")]);

export interface ChunkRun {
  readonly lane: Lane;
  /** `<batch id>/<number>` */
  readonly chunk: string;
  /** Unique to this run; a chunk whose earlier run never settled counts as attempt + 1. */
  readonly token: string;
}

export interface FetchedChunk {
  /** 1 and up; settles only as long as its record says the same. */
  readonly attempt: number;
  /** 1 and up: grows when the batch is retried. */
  readonly batchAttempt: number;
  /** Index of its first item in the batch. */
  readonly firstIndex: number;
  /** Number of its items. */
  readonly count: number;
  /** When its batch was closed, or retried. */
  readonly queuedAtMs: number;
  /** When it was taken from the queue: now, or earlier when this very fetch was sent twice. */
  readonly startedAtMs: number;
  /** JSON text of an object: those of the batch; an item may have its own. */
  readonly parameters: string;
  /** Undefined when they are lost or unreadable. */
  readonly items: readonly BatchItem[] | undefined;
  /** Lines of an earlier attempt: what succeeded in it is done. Empty the first time. */
  readonly earlier: string;
  /** Its retries are used up, not counting deaths that single items are blamed for: to be settled. */
  readonly isExhausted: boolean;
  /** By offset in the chunk: exclusive runs that never came back. */
  readonly exclusiveRuns: ReadonlyMap<number, number>;
}

/** Further attempts of a chunk after workers that died with it; as many as a job has by default. */
const RETRIES = 5;

/**
 * Takes a chunk for one run, with its items, in one step.
 *
 * @param firstAttempt the attempt that the dispatch was made for
 * @returns undefined when there is nothing to run
 * @throws {UnknownRecordError} when a newer gateway wrote it
 */
export async function fetchChunk(
  redis: Redis,
  run: ChunkRun & { readonly firstAttempt: number },
): Promise<FetchedChunk | undefined> {
  const { lane, chunk, token, firstAttempt } = run;
  const keys = keysFor(chunk);
  const reply = await fetchScript.run(
    redis,
    [
      keys.flow(lane),
      keys.batch(batchOf(chunk)),
      keys.pack(chunk),
      keys.chunkItems(chunk),
      keys.chunkLines(chunk),
    ],
    [token, BATCH_VERSION, firstAttempt],
  );
  if (reply === 1) throw new UnknownRecordError("a batch has a record of another version");
  if (!Array.isArray(reply)) return undefined;
  const fields = reply as readonly Reply[];
  const attempt = asNumber(fields[0]) ?? 1;
  const exclusiveRuns = pairsOf(fields.slice(9));
  const blamed = [...exclusiveRuns.values()].reduce((sum, runs) => sum + runs, 0);
  return {
    attempt,
    firstIndex: asNumber(fields[1]) ?? 0,
    queuedAtMs: asNumber(fields[2]) ?? 0,
    startedAtMs: asNumber(fields[3]) ?? 0,
    parameters: asText(fields[4]) ?? "{}",
    items: itemsOf(fields[5]),
    earlier: asText(fields[6]) ?? "",
    count: asNumber(fields[7]) ?? 0,
    batchAttempt: asNumber(fields[8]) ?? 1,
    isExhausted: attempt - firstAttempt - blamed > RETRIES,
    exclusiveRuns,
  };
}

/** Hands a chunk back that was fetched under this token and is not run to its end. */
export async function releaseChunk(redis: Redis, run: ChunkRun): Promise<void> {
  const { lane, chunk, token } = run;
  const keys = keysFor(chunk);
  await releaseScript.run(
    redis,
    [keys.flow(lane), keys.batch(batchOf(chunk)), keys.pack(chunk)],
    [token],
  );
}

/** Whether a run still has its chunk: neither ended nor taken by another run. */
export async function isChunkHeld(
  redis: Redis,
  { chunk, token }: Pick<ChunkRun, "chunk" | "token">,
): Promise<boolean> {
  return (await redis.hget(keysFor(chunk).pack(chunk), "r")) === token;
}

/**
 * Writes down how many exclusive runs an item has had: one more before such a run starts, so that
 * one which ends its worker is known, and one less when it has ended.
 *
 * @param offset of the item in its chunk
 */
export async function noteExclusiveRunsOf(
  redis: Redis,
  { chunk, token }: Pick<ChunkRun, "chunk" | "token">,
  offset: number,
  runs: number,
): Promise<void> {
  await aloneScript.run(redis, [keysFor(chunk).pack(chunk)], [token, offset, runs]);
}

export interface ChunkSettlement {
  readonly lane: Lane;
  readonly chunk: string;
  /** The attempt that ran. */
  readonly attempt: number;
  /** A line for each item of the chunk, in their order, by `batch/lines.ts`. */
  readonly lines: string;
  /** How many of them tell of success. */
  readonly succeeded: number;
}

/** `late`: the chunk had ended before, or another attempt is the one that counts. */
export type ChunkVerdict = (typeof verdicts)[number];

const verdicts = ["settled", "late", "missing"] as const;

const TOO_MANY_FAILED = JSON.stringify(
  toProblem(new ScoringError("too_many_failed", "More items failed than `max_failed` allows.")),
);

/** Ends a chunk, once. @throws when Redis refused, or its reply was lost */
export async function settleChunk(
  redis: Redis,
  settlement: ChunkSettlement,
): Promise<ChunkVerdict> {
  const { lane, chunk, attempt, lines, succeeded } = settlement;
  const batch = batchOf(chunk);
  const keys = keysFor(chunk);
  const reply = await settleScript.run(
    redis,
    [
      keys.outstanding(lane),
      keys.load(lane),
      keys.flow(lane),
      keys.batch(batch),
      keys.pack(chunk),
      keys.chunkItems(chunk),
      keys.chunkLines(chunk),
      keys.batchDone(batch),
      keys.batchWork,
    ],
    [
      batch,
      chunk,
      chunk.slice(batch.length + 1),
      attempt,
      lines,
      succeeded,
      keys.tenant(""),
      TOO_MANY_FAILED,
    ],
  );
  return asOneOf(reply, verdicts);
}

/** Of a chunk's name, the id of its batch. */
function batchOf(chunk: string): string {
  return chunk.slice(0, chunk.indexOf("/"));
}

function itemsOf(packed: Reply | undefined): readonly BatchItem[] | undefined {
  if (!Buffer.isBuffer(packed) || packed.length === 0) return undefined;
  try {
    return unpackItems(packed);
  } catch {
    return undefined;
  }
}

function pairsOf(flat: readonly Reply[]): ReadonlyMap<number, number> {
  const pairs = new Map<number, number>();
  for (let i = 0; i < flat.length; i += 2) {
    pairs.set(asNumber(flat[i]) ?? 0, asNumber(flat[i + 1]) ?? 0);
  }
  return pairs;
}
