import { flowFields } from "../lane/flow.ts";
import { parseLane, type Lane } from "../lane.ts";
import type { LuaFile } from "../redis/lua.ts";
import { asList, asNumber, asText, type Reply } from "../redis/script.ts";
import { batchFields, chunkFields } from "./fields.ts";

/**
 * What scripts that take packs, settle them and give them back do with chunks; it stands behind
 * `deliver`, `endFunctions`, `flowFunctions` and `paceFunctions`. Its Lua says what there is.
 */
export const chunkFunctions: LuaFile = {
  url: new URL("./chunk.lua", import.meta.url),
  reads: {
    readChunk: chunkFields,
    readTaken: batchFields.pick(
      "status",
      "version",
      "isEager",
      "createdAtMs",
      "closedAtMs",
      "startedAtMs",
      "parameters",
    ),
    readSettled: batchFields.pick(
      "status",
      "tenant",
      "model",
      "class",
      "limits",
      "failed",
      "isEager",
      "keepsInputs",
      "windowFromMs",
    ),
    readRows: flowFields.pick("rowMs", "rowBytes"),
  },
  writes: { BATCH: batchFields, CHUNK: chunkFields, FLOW: flowFields },
};

/** The same for a purge, behind it. */
export const chunkCancelFunctions: LuaFile = {
  url: new URL("./chunk-cancel.lua", import.meta.url),
  writes: { BATCH: batchFields, CHUNK: chunkFields, FLOW: flowFields },
};

/** A pack is a chunk of a batch when there is a `/` in its name. */
export function isChunk(pack: string): boolean {
  return pack.includes("/");
}

/** Of a chunk's name, the id of its batch. */
export function batchOf(chunk: string): string {
  return chunk.slice(0, chunk.indexOf("/"));
}

/** A chunk as a worker's run got it. */
export interface TakenChunk {
  /** `<batch id>/<number>` */
  readonly name: string;
  readonly lane: Lane;
  /** 1 and up; settles only as long as its record says the same. */
  readonly attempt: number;
  /** 1 and up: grows when the batch is retried. */
  readonly batchAttempt: number;
  /** Index of its first item in the batch. */
  readonly firstIndex: number;
  /** Number of its items. */
  readonly count: number;
  /** Of them, how many succeeded in earlier attempts. */
  readonly succeeded: number;
  /** When its batch was closed, or retried; where nothing waits for the close, when it was created. */
  readonly queuedAtMs: number;
  /** When it was taken. */
  readonly startedAtMs: number;
  /** Workers that died with it. */
  readonly deaths: number;
  /** JSON text of an object: those of the batch; an item may have its own. */
  readonly parameters: string;
  /** Its items, by `batch/items.ts`; empty when they are to be read, being large, or are lost. */
  readonly packed: Buffer;
  /** Its retries are used up, not counting deaths that single items are blamed for: to be settled. */
  readonly isExhausted: boolean;
  /** By offset in the chunk: exclusive runs that never came back. */
  readonly exclusiveRuns: ReadonlyMap<number, number>;
}

/** How a chunk ended: as a whole. */
export interface ChunkSettle {
  /** Its name. */
  readonly pack: string;
  /** The attempt that ran. */
  readonly attempt: number;
  /** A line for each item, by `batch/lines.ts`; empty when `claimLines` has put them there before. */
  readonly lines: string;
  /** How many of them tell of success. */
  readonly succeeded: number;
}

/** `late`: it had ended before, another run or attempt is the one that counts, or its lines are lost. */
export type ChunkVerdict = (typeof chunkVerdicts)[number];

export const chunkVerdicts = ["settled", "late", "missing"] as const;

/** Further attempts of a chunk after workers that died with it; as many as a job has by default. */
const RETRIES = 5;

/** @param reply what `takeChunk` of `chunk.lua` answered */
export function parseChunk(reply: Reply): TakenChunk {
  const fields = asList(reply);
  const number = (i: number): number => asNumber(fields[i]) ?? 0;
  const attempt = number(2);
  const exclusiveRuns = pairsOf(fields.slice(13));
  const blamed = [...exclusiveRuns.values()].reduce((sum, runs) => sum + runs, 0);
  const packed = fields[12];
  return {
    name: asText(fields[0]) ?? "",
    lane: parseLane(asText(fields[1]) ?? ""),
    attempt,
    batchAttempt: number(4),
    firstIndex: number(5),
    count: number(6),
    succeeded: number(7),
    queuedAtMs: number(8),
    startedAtMs: number(9),
    deaths: number(10),
    parameters: asText(fields[11]) ?? "{}",
    packed: Buffer.isBuffer(packed) ? packed : Buffer.alloc(0),
    isExhausted: attempt - number(3) - blamed > RETRIES,
    exclusiveRuns,
  };
}

function pairsOf(flat: readonly Reply[]): ReadonlyMap<number, number> {
  const pairs = new Map<number, number>();
  for (let i = 0; i < flat.length; i += 2) {
    pairs.set(asNumber(flat[i]) ?? 0, asNumber(flat[i + 1]) ?? 0);
  }
  return pairs;
}
