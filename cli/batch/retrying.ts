import { backOffMs, spread } from "../../shared/back-off.ts";
import { rest } from "../terminal/interrupt.ts";
import { isPassing, TryAgainError, type Call, type Gateway } from "../http/gateway.ts";
import { batchSchema, type Batch } from "./batch.ts";

/** Tries in a row that come to nothing before it is given up: about a minute. */
export const TRIES_MAX = 8;
const FIRST_MS = 500;
const LONGEST_MS = 15_000;

/** How long to wait before the next try. @param failures so far in a row, from 1 @param random 0 to 1 */
export function pauseMs(failures: number, error: unknown, random = Math.random()): number {
  const asked = error instanceof TryAgainError ? error.afterMs : 0;
  return Math.max(spread(backOffMs(failures, FIRST_MS, LONGEST_MS), random), asked);
}

/** A batch as a request that may be made twice shows it. @throws what the last try threw */
export async function askFor(gateway: Gateway, request: Call, tries = TRIES_MAX): Promise<Batch> {
  return retrying(async () => gateway.json(request, batchSchema), gateway.signal, tries);
}

/** Does what may be done twice, again after failures that pass. @throws what the last try threw */
export async function retrying<T>(
  work: () => Promise<T>,
  signal: AbortSignal,
  tries = TRIES_MAX,
): Promise<T> {
  for (let failures = 1; ; failures += 1) {
    try {
      return await work();
    } catch (error) {
      if (!isPassing(error) || failures >= tries) throw error;
      await rest(pauseMs(failures, error), signal);
    }
  }
}
