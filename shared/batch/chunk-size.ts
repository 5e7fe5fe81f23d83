import type { Redis } from "ioredis";
import { flowFields } from "../lane/flow.ts";
import { keysFor, workKeys } from "../redis/keys.ts";
import { batchFields, type BatchView } from "./fields.ts";

const ROWS_MAX = 1024;
/** How long a chunk should be in a worker's hands: as long as may be lost when that one stops or dies. */
const AIM_MS = 500;
/** What its lines should have together. */
const AIM_BYTES = 1024 * 1024;
/** Tensor batches of a chunk before anything was measured. */
const BATCHES_AT_FIRST = 4;

/** What a row of a lane took and put out, smoothed; undefined before any of a batch was scored. */
interface RowMeasure {
  readonly rowMs: number | undefined;
  readonly rowBytes: number | undefined;
}

/** What bounds the chunks of a batch. */
interface ChunkBounds {
  /** Rows of a tensor batch; a chunk may always have as many. */
  readonly batchRows: number;
  /** Items that may fail before the batch ends early, which is seen at the end of a chunk. */
  readonly maxFailed: number | undefined;
  /** Its results may leave Redis for a folder; those of a chunk only when no item of it failed. */
  readonly maySink: boolean;
}

/**
 * Items that a chunk has at most. A chunk costs a turn whatever is in it, and so it should have many;
 * but it is lost, waited for, handed back and read as a whole.
 */
export function rowsOfChunk(
  { rowMs, rowBytes }: RowMeasure,
  { batchRows, maxFailed = ROWS_MAX, maySink }: ChunkBounds,
): number {
  if (maySink) return batchRows;
  const wanted =
    rowMs === undefined || rowBytes === undefined
      ? batchRows * BATCHES_AT_FIRST
      : Math.min(AIM_MS / rowMs, AIM_BYTES / rowBytes);
  return Math.max(batchRows, Math.floor(Math.min(wanted, maxFailed, ROWS_MAX)));
}

const measured = flowFields.pick("rowMs", "rowBytes");

/** Items that the next chunks of a batch have at most. @param batchRows rows of a tensor batch */
export async function chunkRows(
  redis: Redis,
  batch: Pick<BatchView, "id" | "model" | "class" | "limits">,
  batchRows: number,
): Promise<number> {
  const { id, model, class: jobClass, limits } = batch;
  const [measure, sinkAbove] = await Promise.all([
    redis.hmget(workKeys.flow({ model, class: jobClass }), ...Object.values(measured.letters)),
    redis.hget(keysFor(id).batch(id), batchFields.letters.sinkAbove),
  ]);
  const bounds = { batchRows, maxFailed: limits.maxFailed, maySink: sinkAbove !== null };
  return rowsOfChunk(measured.decodeReply(measure), bounds);
}
