import type { Redis } from "ioredis";
import { asNumber, Script } from "../redis/script.ts";
import { dueMembers } from "../redis/due-members.ts";
import { keysFor, workKeys } from "../redis/keys.ts";
import { deliver } from "../webhook/deliver.ts";

const at = (file: string) => ({ url: new URL(file, import.meta.url) });
const script = new Script([deliver, at("./end.lua"), at("./announce.lua")]);

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
  const reply = await script.run(
    redis,
    [keys.batch(id), keys.batchDone(id), keys.batchNews, keys.batchWork],
    [id, keys.chunk(""), RESULTS_AN_EVENT, PROGRESS_MS, LOOK_MS, EVENTS_A_CALL],
  );
  return asNumber(reply) ?? 0;
}
