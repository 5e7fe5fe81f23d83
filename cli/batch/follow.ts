import type { LiveLine } from "../terminal/live-line.ts";
import { isOver, type Batch, type BatchCalls } from "./calls.ts";
import { scoreText } from "./progress-text.ts";
import type { ResultsReader } from "./results.ts";
import { retrying } from "./retrying.ts";

/** The gateway answers at the batch's end, or after this. */
const LOOK_SECONDS = 1;

/** What following works with. */
export interface Following {
  readonly calls: BatchCalls;
  readonly line: LiveLine | undefined;
  readonly signal: AbortSignal;
  /** Copies the results meanwhile. */
  readonly results?: ResultsReader | undefined;
}

/**
 * Waits for a batch's end, says how far it is, and copies its results as they come.
 *
 * @throws {CommandError} when the gateway stays away, or the person ends it
 */
export async function follow(id: string, following: Following): Promise<Batch> {
  const { calls, line, signal, results } = following;
  const look = async (): Promise<Batch> =>
    retrying(
      async () =>
        calls.batch({
          path: `/${id}`,
          method: "GET",
          headers: { prefer: `wait=${LOOK_SECONDS}` },
          signal,
        }),
      signal,
    );
  const startMs = performance.now();
  let batch = await look();
  const before = endedOf(batch);
  for (;;) {
    const seconds = (performance.now() - startMs) / 1000;
    const shown = batch;
    line?.show(() => scoreText(shown, (endedOf(shown) - before) / seconds));
    await results?.copy();
    if (isOver(batch) && results?.isAtEnd !== false) return batch;
    batch = await look();
  }
}

function endedOf({ counts }: Batch): number {
  return counts.total - counts.queued - counts.running;
}
