import type { Redis } from "ioredis";
import { dueMembers } from "../redis/due-members.ts";
import { keysFor, workKeys } from "../redis/keys.ts";
import { asNumber, script } from "../redis/script.ts";
import { deliver } from "../webhook/deliver.ts";
import { batchFields, chunkFields, endFunctions } from "./fields.ts";

const announceScript = script(new URL("./announce.lua", import.meta.url), {
  behind: [deliver, endFunctions],
  keys: ["batch", "done"],
  args: ["id", "itemsMost", "progressMs", "lookMs", "eventsMost"],
  reads: { readChunk: chunkFields.pick("items", "attemptTold", "batchAttempt") },
  writes: { BATCH: batchFields, CHUNK: chunkFields },
});

/** Items that one event of results carries at most. */
export const RESULTS_AN_EVENT = 500;
/** Between two events of progress at least, in ms. */
const PROGRESS_MS = 5000;
/** Between two looks at a batch, in ms. */
const LOOK_MS = 1000;
const EVENTS_A_CALL = 50;
const BATCHES_A_ROUND = 20;

/**
 * Tells of batches that run, where somebody wants to hear of it: their progress, and their results as
 * they come, up to 500 items an event.
 *
 * @returns how many events there were
 */
export async function announceBatches(redis: Redis): Promise<number> {
  const { members: ids } = await dueMembers(redis, workKeys.batchNews, BATCHES_A_ROUND);
  let events = 0;
  for (const id of ids) events += await announceBatch(redis, id);
  return events;
}

export async function announceBatch(redis: Redis, id: string): Promise<number> {
  const keys = keysFor(id);
  const reply = await announceScript.run(redis, {
    batch: keys.batch(id),
    done: keys.batchDone(id),
    id,
    itemsMost: RESULTS_AN_EVENT,
    progressMs: PROGRESS_MS,
    lookMs: LOOK_MS,
    eventsMost: EVENTS_A_CALL,
  });
  return asNumber(reply) ?? 0;
}
