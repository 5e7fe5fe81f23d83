import { readChunks } from "../batch/chunk-results.ts";
import { ScoringError } from "../error.ts";
import { failpoint } from "../failpoint.ts";
import { compareLines } from "./pairs.ts";
import { countChunk } from "./replays.ts";
import type { Turn, TurnOptions } from "./turn.ts";

/** Compares the results of both batches, chunk by chunk, each of which is counted once. */
export async function compareChunks(options: TurnOptions): Promise<Turn> {
  const { redis, replay, live, candidate, folder, isOver } = options;
  for (let number = replay.position; number < live.chunks; number += 1) {
    if (isOver()) return "on";
    const [ours, theirs] = await Promise.all(
      [live, candidate].map(async ({ id }) => readChunks(redis, id, [number], folder)),
    );
    const [lines, others] = [ours?.[0]?.lines, theirs?.[0]?.lines];
    if (lines === undefined || others === undefined) return "later";
    if (lines.length !== others.length) {
      return new ScoringError("gone_expired", "Results of the batches are not kept any more.");
    }
    const found = compareLines({ live: lines, candidate: others }, replay.pipeline);
    const next = await countChunk(redis, replay.id, {
      ...found,
      position: number,
      chunks: live.chunks,
    });
    failpoint("replay counted");
    // Another courier is ahead, or it was deleted.
    if (next !== number + 1) return "on";
  }
  return "on";
}
