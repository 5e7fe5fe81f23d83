import { backOffMs } from "../../shared/back-off.ts";

/** A process that was ready for this long starts again as if it had never failed. */
const HEALTHY_MS = 60_000;

/**
 * How often a process has now died in a row.
 *
 * @param before the count before this death
 * @param readyMs how long it had been ready, 0 if it never was
 */
export function countDeath(before: number, readyMs: number): number {
  return readyMs >= HEALTHY_MS ? 1 : before + 1;
}

/** Half a second after the first death in a row, twice as long after each more, at most 30 s. */
export function restartDelayMs(deaths: number): number {
  return backOffMs(deaths, 500, 30_000);
}
