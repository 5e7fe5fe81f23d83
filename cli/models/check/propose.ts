/** How fast batches of one size are, through the runner. */
export interface Measured {
  readonly batchSize: number;
  /** Batches that were run. */
  readonly runs: number;
  /** Of the best round: what else the machine does only ever makes it slower. */
  readonly rowsPerSecond: number;
  /** Of the worst round: how far apart the two are shows how busy the machine was. */
  readonly worstRowsPerSecond: number;
  /** A batch, in that round. */
  readonly batchMs: number;
}

/** A batch may take this share of `run_timeout_ms`: the rest is for busier machines and larger rows. */
export const TIMEOUT_SHARE = 0.1;

/** Rows per second that a smaller batch may be behind the best: less waiting is worth that much. */
export const GIVEN_UP = 0.05;

/**
 * The `max_batch_size` that the measurements speak for: the smallest one within 5 % of the best
 * rows per second, among those whose batch takes at most a tenth of `run_timeout_ms`.
 *
 * @returns undefined when none is as fast as that
 */
export function proposeBatchSize(
  measured: readonly Measured[],
  runTimeoutMs: number,
): number | undefined {
  const inTime = measured.filter(({ batchMs }) => batchMs <= runTimeoutMs * TIMEOUT_SHARE);
  const best = Math.max(...inTime.map(({ rowsPerSecond }) => rowsPerSecond));
  const enough = inTime.filter(({ rowsPerSecond }) => rowsPerSecond >= best * (1 - GIVEN_UP));
  return enough.length === 0 ? undefined : Math.min(...enough.map(({ batchSize }) => batchSize));
}
