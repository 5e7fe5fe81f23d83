/** Wall-clock time, injectable so that tests can move it. */
export interface Clock {
  /** Whole milliseconds since the Unix epoch. */
  now(): number;
}

/**
 * This machine's own. Only for what stays on it: what other processes compare with theirs comes from
 * `redis/redis-clock.ts`, or from inside a script.
 */
export const systemClock: Clock = { now: () => Date.now() };
