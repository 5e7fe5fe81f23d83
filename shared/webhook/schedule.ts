const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** The longest that a receiver may ask to be left alone (`Retry-After`), in ms. */
const RETRY_AFTER_MAX_MS = 24 * HOUR;
/** At most a fifth is added, so that receivers that were down are not called all at once. */
const JITTER = 0.2;

/**
 * Pauses before each attempt, in ms: the example of Standard Webhooks 1.0.0, ten attempts in 75.6
 * hours.
 */
export const DEFAULT_SCHEDULE_MS: readonly number[] = [
  0,
  5 * SECOND,
  5 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  5 * HOUR,
  10 * HOUR,
  14 * HOUR,
  20 * HOUR,
  24 * HOUR,
];

/** What decides on the pause before an attempt. */
export interface Pause {
  /** As many attempts as entries; ms before each of them. */
  readonly scheduleMs: readonly number[];
  /** What the receiver asked for, in ms from now. */
  readonly retryAfterMs?: number | undefined;
  /** In [0, 1), as `Math.random`. */
  readonly random: () => number;
  /** 1; tests make time shorter, `Retry-After` included. */
  readonly scale: number;
}

/**
 * How long to wait before the next attempt, in ms, or undefined when there is none left: the
 * schedule's pause or what the receiver asks for, whichever is longer, each with up to 20 % more,
 * but what it asks for is never more than 24 hours in all.
 *
 * @param attemptsMade 0 before the first one
 */
export function delayBeforeMs(attemptsMade: number, pause: Pause): number | undefined {
  const { scheduleMs, retryAfterMs = 0, random, scale } = pause;
  const baseMs = scheduleMs[attemptsMade];
  if (baseMs === undefined) return undefined;
  const spread = 1 + JITTER * random();
  const askedMs = Math.min(retryAfterMs * spread, RETRY_AFTER_MAX_MS);
  return Math.round(Math.max(baseMs * spread, askedMs) * scale);
}
