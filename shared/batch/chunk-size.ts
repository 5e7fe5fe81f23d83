import type { Redis } from "ioredis";
import { flowFields } from "../lane/flow.ts";
import type { Lane } from "../lane.ts";
import { workKeys as keys } from "../redis/keys.ts";

const ROWS_MAX = 1024;
/** How long a chunk should be in a worker's hands: as long as may be lost when that one stops or dies. */
const AIM_MS = 500;
/** What its lines should have together. */
const AIM_BYTES = 1024 * 1024;
/** Tensor batches of a chunk before anything was measured. */
const BATCHES_AT_FIRST = 4;

/** What a row of a lane took and put out, smoothed; undefined before any of a batch was scored. */
export interface RowMeasure {
  readonly rowMs: number | undefined;
  readonly rowBytes: number | undefined;
}

/** What bounds the chunks of a batch. */
export interface ChunkBounds {
  /** Rows of a tensor batch; a chunk may always have as many. */
  readonly batchRows: number;
  /** Items that may fail before the batch ends early, which is seen at the end of a chunk. */
  readonly maxFailed: number | undefined;
}

/**
 * Items that a chunk has at most. A chunk costs a turn whatever is in it, and so it should have many;
 * but it is lost, waited for, handed back and read as a whole.
 */
export function rowsOfChunk(
  { rowMs, rowBytes }: RowMeasure,
  { batchRows, maxFailed = ROWS_MAX }: ChunkBounds,
): number {
  const wanted =
    rowMs === undefined || rowBytes === undefined
      ? batchRows * BATCHES_AT_FIRST
      : Math.min(AIM_MS / rowMs, AIM_BYTES / rowBytes);
  return Math.max(batchRows, Math.floor(Math.min(wanted, maxFailed, ROWS_MAX)));
}

export async function readMeasure(redis: Redis, lane: Lane): Promise<RowMeasure> {
  const measured = flowFields.pick("rowMs", "rowBytes");
  return measured.decodeReply(
    await redis.hmget(keys.flow(lane), ...Object.values(measured.letters)),
  );
}
