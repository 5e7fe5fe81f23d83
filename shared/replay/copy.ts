import { appendChunk, moveBatch } from "../batch/batches.ts";
import { sweepBatch } from "../batch/sweep.ts";
import { chunkFields } from "../batch/fields.ts";
import { ScoringError } from "../error.ts";
import { failpoint } from "../failpoint.ts";
import { keysFor } from "../redis/keys.ts";
import { moveReplay } from "./replays.ts";
import type { Turn, TurnOptions } from "./turn.ts";

/**
 * Copies items of the live batch into the candidate's as they are packed, chunk by chunk, and closes it when
 * all are there; those of one that is open, as they come. What the candidate's batch has already says where to
 * go on.
 */
export async function copyItems(options: TurnOptions): Promise<Turn> {
  const { redis, replay, live, candidate, isOver } = options;
  const { id, tenant } = candidate;
  const items = live.counts.total;
  if (candidate.status !== "validating") {
    if (candidate.closedAtMs === undefined) return unfilled(candidate.status);
    await moveReplay(redis, replay, "scoring", { items });
    return "on";
  }
  for (let number = candidate.chunks; number < live.chunks; number += 1) {
    if (isOver()) return "on";
    const turn = await copyChunk(number, options);
    if (turn !== undefined) return turn;
    failpoint("replay copied");
  }
  if (live.closedAtMs === undefined) return live.status === "validating" ? "later" : neverClosed();
  await moveBatch(redis, { id, tenant, move: "close", tenantBatches: 0 });
  // What of it is left undone is done by the janitor.
  await sweepBatch(id, options);
  await moveReplay(redis, replay, "scoring", { items });
  return "on";
}

const read = chunkFields.pick("items", "firstIndex");

/** @returns undefined when it is there */
async function copyChunk(
  number: number,
  { redis, replay, live, candidate }: TurnOptions,
): Promise<Turn | undefined> {
  const name = `${live.id}/${number}`;
  const keys = keysFor(name);
  const [packed, fields] = await Promise.all([
    redis.getBuffer(keys.chunkItems(name)),
    redis.hmget(keys.pack(name), ...Object.values(read.letters)),
  ]);
  if (packed === null || fields.includes(null)) {
    return new ScoringError("gone_expired", "Inputs of the batch are not kept any more.");
  }
  const { items, firstIndex } = read.decodeReply(fields);
  const { id: batch, model, class: jobClass } = candidate;
  const { laneBytes, tenantBytes } = replay;
  const { kind } = await appendChunk(
    redis,
    {
      batch,
      lane: { model, class: jobClass },
      number,
      firstIndex,
      items,
      packed,
      hasCustomIds: live.hasCustomIds,
    },
    { bytes: { laneBytes, tenantBytes }, items: live.counts.total, tenantBatches: 0 },
  );
  if (kind === "appended") return undefined;
  if (kind === "bytes_full") return "later";
  // Another courier is ahead.
  if (kind === "out_of_place") return "on";
  return unfilled(kind);
}

function neverClosed(): ScoringError {
  return new ScoringError("canceled", "The batch ended before it was closed.");
}

function unfilled(why: string): ScoringError {
  return new ScoringError("canceled", `The candidate's batch ended before it was filled: ${why}.`);
}
