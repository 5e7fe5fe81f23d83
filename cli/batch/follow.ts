import type { LiveLine } from "../terminal/live-line.ts";
import type { Gateway } from "../http/gateway.ts";
import { batchPath, isOver, type Batch } from "./batch.ts";
import { scoreText, type Pace } from "./progress-text.ts";
import type { ResultsReader } from "./results.ts";
import { askFor } from "./retrying.ts";

/** The gateway answers at the batch's end, or after this. */
const LOOK_SECONDS = 1;

/** What following works with. */
export interface Following {
  readonly gateway: Gateway;
  readonly line: LiveLine | undefined;
  /** Copies the results meanwhile. */
  readonly results?: ResultsReader | undefined;
}

/**
 * Waits for a batch's end, says how far it is, and copies its results as they come.
 *
 * @returns the batch; not at its end when nobody reads its results any more
 * @throws {CommandError} when the gateway stays away, or the person ends it
 */
export async function follow(id: string, following: Following): Promise<Batch> {
  const { gateway, line, results } = following;
  const request = { path: batchPath(id), headers: { prefer: `wait=${LOOK_SECONDS}` } };
  let batch = await askFor(gateway, request);
  const pace = new Stopwatch(endedOf(batch));
  try {
    for (;;) {
      const [shown, soFar] = [batch, pace.at(endedOf(batch))];
      line?.show(() => scoreText(shown, soFar));
      await results?.copy();
      if (results?.isLeft === true || (isOver(batch) && results?.isAtEnd !== false)) return batch;
      batch = await askFor(gateway, request);
    }
  } finally {
    line?.clear();
  }
}

/** Times a count that grows. */
class Stopwatch {
  readonly #startMs = performance.now();
  readonly #before: number;
  #count: number;
  #movedAtMs = this.#startMs;

  constructor(count: number) {
    [this.#before, this.#count] = [count, count];
  }

  at(count: number): Pace {
    const nowMs = performance.now();
    if (count !== this.#count) [this.#count, this.#movedAtMs] = [count, nowMs];
    const perSecond = ((count - this.#before) * 1000) / (nowMs - this.#startMs);
    return { perSecond, stillMs: nowMs - this.#movedAtMs };
  }
}

function endedOf({ counts }: Batch): number {
  return counts.total - counts.queued - counts.running;
}
