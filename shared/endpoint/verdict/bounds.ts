/**
 * Bounds of a mean that hold at all times at once: whoever looks after every value, and stops when
 * they like what they see, is misled no more often than whoever looks once.
 *
 * To ask whether the mean is above `m`, a gambler bets on the values at odds that are fair, or worse
 * than fair, if it is not: with a stake of `s`, each value `v` multiplies the gambler's money by
 * `1 - s + s * v / m`. Money that is expected not to grow ever reaches `1 / doubt` times what it was
 * with a probability of `doubt` at most (Ville 1939); if it does, the mean is above `m`. Here the money
 * is divided at the beginning among gamblers with stakes of their own, since the best stake depends on
 * what is yet unknown. Because stakes never change, the order of the values does not matter: how often
 * each was seen is all that has to be kept, and counts of several places are added.
 *
 * I. Waudby-Smith, A. Ramdas: Estimating means of bounded random variables by betting, Journal of the
 * Royal Statistical Society B 86 (2024); the mixture is Robbins's (1970), as in S. Howard, A. Ramdas,
 * J. McAuliffe, J. Sekhon: Time-uniform, nonparametric, nonasymptotic confidence sequences, Annals of
 * Statistics 49 (2021).
 */

/** How often each value was seen, of values from 0 to 1. */
export type Tally = readonly { readonly value: number; readonly count: number }[];

/** The tally of something that happened in `count` of `total` cases. */
export function yesAndNo(count: number, total: number): Tally {
  return [
    { value: 1, count },
    { value: 0, count: total - count },
  ];
}

/** What was seen, and between which ends the truth is. */
export interface Estimate {
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
}

/** From all or nothing to what suits differences that take 10^9 values to see. */
const STAKES = Array.from({ length: 16 }, (_, i) => 2 ** -i);

/** Bounds are given to 2^-STEPS, always on the safe side. */
const STEPS = 22;

/**
 * Whether the mean is surely above `mean`.
 *
 * @param mean above 0, 1 at most
 * @param doubt probability that it is ever called so wrongly
 */
export function isAbove(tally: Tally, mean: number, doubt: number): boolean {
  return logWealth(tally, mean) >= -Math.log(doubt);
}

/**
 * The mean of a tally that is not empty.
 *
 * @param doubt of either end: probability that the mean is ever beyond it
 */
export function meanOf(tally: Tally, doubt: number): Estimate {
  const total = tally.reduce((sum, { count }) => sum + count, 0);
  const sum = tally.reduce((so, { value, count }) => so + value * count, 0);
  const mirrored = tally.map(({ value, count }) => ({ value: 1 - value, count }));
  return {
    estimate: sum / total,
    low: lowerBound(tally, doubt),
    high: 1 - lowerBound(mirrored, doubt),
  };
}

/** The higher the mean that is asked for, the less its gamblers earn: it is found by halving. */
function lowerBound(tally: Tally, doubt: number): number {
  let [low, high] = [0, 1];
  for (let step = 0; step < STEPS; step += 1) {
    const middle = (low + high) / 2;
    if (isAbove(tally, middle, doubt)) low = middle;
    else high = middle;
  }
  return low;
}

/** Of all gamblers together, who begin with 1. It is asked a thousand times a report: plain loops. */
function logWealth(tally: Tally, mean: number): number {
  let [most, sum] = [0, 0];
  for (const stake of STAKES) {
    let log = 0;
    for (const { value, count } of tally) {
      if (count > 0) log += count * Math.log(1 - stake + (stake * value) / mean);
    }
    // Added up relative to the largest: none may be too large for a number.
    if (log > most) [most, sum] = [log, sum * Math.exp(most - log) + 1];
    else sum += Math.exp(log - most);
  }
  return most + Math.log(sum / STAKES.length);
}
