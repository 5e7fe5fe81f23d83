import type { Measured } from "./propose.ts";
import type { Trial, TrialRow } from "./trial.ts";

/** Larger batches are tried also where the manifest allows fewer, to see whether more would pay. */
const LARGEST = 64;
const ROUNDS = 3;

export interface MeasureOptions {
  /** The manifest's, which is measured too. */
  readonly maxBatchSize: number;
  /** Time for each batch size. */
  readonly secondsEach: number;
  /** Sizes beyond the manifest's are left out from the first on that takes longer. */
  readonly batchMsMax: number;
  readonly onSize: (batchSize: number) => void;
}

/** 1, 2, 4, … up to 64 or the manifest's size, and that size itself; ascending. */
export function batchSizes(maxBatchSize: number): readonly number[] {
  const most = Math.max(LARGEST, maxBatchSize);
  const powers = Array.from({ length: Math.floor(Math.log2(most)) + 1 }, (_, i) => 2 ** i);
  return [...new Set([...powers, maxBatchSize])].toSorted((a, b) => a - b);
}

/**
 * Times batches of each size, the rows taken in turn. Sizes take turns over three rounds, and the
 * best round counts: a machine that is busy for a while makes a size slower only if it is so in all
 * three. The first run of a size does not count. A round is one run at least.
 *
 * @throws {RunnerDied} when a run takes longer than `run_timeout_ms`
 */
export async function measure(
  trial: Trial,
  rows: readonly TrialRow[],
  { maxBatchSize, secondsEach, batchMsMax, onSize }: MeasureOptions,
): Promise<readonly Measured[]> {
  const rounds = new Map<number, Round[]>();
  for (const size of batchSizes(maxBatchSize)) {
    onSize(size);
    const { ms } = await trial.run(batchOf(rows, size, 0));
    if (size > maxBatchSize && ms > batchMsMax) break;
    rounds.set(size, []);
  }
  const roundMs = (secondsEach * 1000) / ROUNDS;
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [size, timed] of rounds) {
      onSize(size);
      timed.push(await timeRound(trial, rows, { size, roundMs }));
    }
  }
  return [...rounds].map(([size, timed]) => summary(size, timed));
}

interface Round {
  readonly runs: number;
  readonly batchMs: number;
}

async function timeRound(
  trial: Trial,
  rows: readonly TrialRow[],
  { size, roundMs }: { readonly size: number; readonly roundMs: number },
): Promise<Round> {
  let [runs, takenMs] = [0, 0];
  while (runs === 0 || takenMs < roundMs) {
    takenMs += (await trial.run(batchOf(rows, size, runs * size))).ms;
    runs += 1;
  }
  return { runs, batchMs: takenMs / runs };
}

function summary(batchSize: number, rounds: readonly Round[]): Measured {
  const times = rounds.map(({ batchMs }) => batchMs);
  const batchMs = Math.min(...times);
  return {
    batchSize,
    runs: rounds.reduce((sum, { runs }) => sum + runs, 0),
    rowsPerSecond: (batchSize / batchMs) * 1000,
    worstRowsPerSecond: (batchSize / Math.max(...times)) * 1000,
    batchMs,
  };
}

/** The rows in turn from one of them on, until there are enough. */
function batchOf(rows: readonly TrialRow[], size: number, from: number): readonly TrialRow[] {
  return Array.from({ length: size }, (_, i) => rows[(from + i) % rows.length]).filter(
    (row) => row !== undefined,
  );
}
