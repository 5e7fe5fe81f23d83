import type { Place } from "./source.ts";

/** How an upload is, for those who look. */
export type Course =
  | { readonly is: "sending" }
  /** The gateway is away, or has no room: it is tried again at that time. */
  | { readonly is: "waiting"; readonly why: Error; readonly untilMs: number }
  /** Nobody tries any more, until somebody says so. `place`: where in the file it came to its end. */
  | { readonly is: "stopped"; readonly why: Error; readonly place: Place | undefined }
  | { readonly is: "done" };

/** Bytes of a request, of which each has a cost of its own; the most is what any proxy lets pass. */
export const PART_BYTES = { first: 2 ** 20, least: 2 ** 18, most: 16 * 2 ** 20 } as const;

/** How long a request may take before those that follow are made smaller, and larger, in ms. */
const LONG_MS = 8000;
const SHORT_MS = 2000;

/** Bytes of the next request, so that progress is seen and a bad link lets some through. */
export function nextBytes(bytes: number, tookMs: number): number {
  const wanted = tookMs > LONG_MS ? bytes / 2 : tookMs < SHORT_MS ? bytes * 2 : bytes;
  return Math.min(Math.max(Math.round(wanted), PART_BYTES.least), PART_BYTES.most);
}

/** The same, after one that failed. */
export function fewerBytes(bytes: number): number {
  return Math.max(Math.floor(bytes / 8), PART_BYTES.least);
}

/** Tries in a row before somebody has to say that it goes on: about ten minutes. */
export const TRIES_MAX = 45;
const FIRST_MS = 500;
const LONGEST_MS = 15_000;

/** How long to wait after so many failures in a row, from 1. @param random 0 to 1 */
export function pauseMs(failures: number, random: number): number {
  const ms = Math.min(FIRST_MS * 2 ** Math.min(failures - 1, 10), LONGEST_MS);
  return ms * (0.75 + random / 2);
}
