import { isAbove, yesAndNo, type Estimate } from "./bounds.ts";
import type { BothSides } from "./pair.ts";

/** How many latencies are in each bin, lowest bin first; bins without any are left out. */
export type Histogram = ReadonlyMap<number, number>;

/** Bins that a latency goes through to double: each ends 9 % above its beginning. */
const BINS_AN_OCTAVE = 8;
/** The lowest bin begins here, and has all that is below as well. */
const LEAST_MS = 2 ** -6;
/** The highest one begins at 9.5 hours, longer than any attempt of a job. */
const BIN_MAX = 31 * BINS_AN_OCTAVE;

const QUANTILE = 0.95;

/** @param ms 0 or more */
export function binOf(ms: number): number {
  const bin = Math.floor(Math.log2(ms / LEAST_MS) * BINS_AN_OCTAVE);
  return Math.min(Math.max(bin, 0), BIN_MAX);
}

function beginningOf(bin: number): number {
  return LEAST_MS * 2 ** (bin / BINS_AN_OCTAVE);
}

/** The p95 of either side in ms, and how many times the live version's the candidate's is. */
export interface LatencyRatio {
  readonly pairs: number;
  readonly p95Ms: BothSides<Estimate>;
  readonly ratio: Estimate;
}

/**
 * @param doubt of either end of the ratio: probability that it is ever on the wrong side of the truth
 * @returns undefined without latencies
 */
export function latencyRatio(
  { live, candidate }: BothSides<Histogram>,
  doubt: number,
): LatencyRatio | undefined {
  const pairs = countOf(live);
  if (pairs === 0 || countOf(candidate) === 0) return undefined;
  // An end of the ratio is wrong only where an end of one of the two is.
  const p95Ms = { live: p95(live, doubt / 2), candidate: p95(candidate, doubt / 2) };
  return {
    pairs,
    p95Ms,
    ratio: {
      estimate: p95Ms.candidate.estimate / p95Ms.live.estimate,
      low: p95Ms.candidate.low / p95Ms.live.high,
      high: p95Ms.live.low === 0 ? Infinity : p95Ms.candidate.high / p95Ms.live.low,
    },
  };
}

function countOf(histogram: Histogram): number {
  return [...histogram.values()].reduce((sum, count) => sum + count, 0);
}

/**
 * The p95 is surely a latency or above when the share of those that reach it is surely above 5 %, and
 * surely it or below when the share of those before it is surely above 95 %, each a share of yes and no
 * (S. Howard, A. Ramdas: Sequential estimation of quantiles with applications to A/B testing and
 * best-arm identification, Bernoulli 28, 2022).
 */
function p95(histogram: Histogram, doubt: number): Estimate {
  const total = countOf(histogram);
  let [low, high, estimate] = [0, Infinity, 0];
  let before = 0;
  for (const [bin, count] of histogram) {
    const upTo = before + count;
    const wanted = QUANTILE * total;
    if (before < wanted && upTo >= wanted) {
      estimate = beginningOf(bin + (wanted - before) / count);
    }
    if (isAbove(yesAndNo(total - before, total), 1 - QUANTILE, doubt)) {
      low = bin === 0 ? 0 : beginningOf(bin);
    }
    if (isAbove(yesAndNo(upTo, total), QUANTILE, doubt)) {
      high = Math.min(high, beginningOf(bin + 1));
    }
    before = upTo;
  }
  return { estimate, low, high };
}
