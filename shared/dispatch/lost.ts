import type { Redis } from "ioredis";
import { dispatchId, dispatchSchema, type Dispatch } from "./dispatch.ts";
import { asNumber, Script } from "../redis/script.ts";
import { parseLane } from "../lane.ts";
import { flowFunctions } from "../lane/flow.ts";
import { keysFor } from "../redis/keys.ts";

const at = (file: string) => ({ url: new URL(file, import.meta.url) });
const jobsScript = new Script([flowFunctions, at("./lost.lua")]);
const chunkScript = new Script([flowFunctions, at("./chunk-lost.lua")]);

/**
 * Queues again what a stalled dispatch carries, so that it shows as waiting, and its run as over. The
 * next fetch counts as another attempt. A dispatch that a worker has by now is left alone.
 *
 * @returns how many jobs or chunks were
 */
export async function queueLost(redis: Redis, dispatch: Dispatch): Promise<number> {
  const lane = parseLane(dispatch.lane);
  const dispatched = dispatchId(dispatch);
  const keys = keysFor(dispatched);
  const lock = `${bullKey(dispatch.lane, dispatched)}:lock`;
  const attempt = dispatch.attempt ?? 1;
  if ("jobs" in dispatch) {
    const records = dispatch.jobs.map((id) => keys.job(id));
    const touched = [keys.flow(lane), keys.due, lock, ...records];
    return asNumber(await jobsScript.run(redis, touched, [attempt, ...dispatch.jobs])) ?? 0;
  }
  const { chunk } = dispatch;
  const batch = chunk.slice(0, chunk.indexOf("/"));
  const touched = [keys.flow(lane), keys.batch(batch), keys.pack(chunk), lock];
  return asNumber(await chunkScript.run(redis, touched, [attempt])) ?? 0;
}

/** @param id of a dispatch in BullMQ @returns undefined when it has ended, or is of another format */
export async function readDispatch(
  redis: Redis,
  lane: string,
  id: string,
): Promise<Dispatch | undefined> {
  const data = await redis.hget(bullKey(lane, id), "data");
  return data === null ? undefined : dispatchSchema.safeParse(JSON.parse(data)).data;
}

function bullKey(lane: string, id: string): string {
  return `${keysFor(id).bullPrefix}:${lane}:${id}`;
}
