import { Queue } from "bullmq";
import type { Redis } from "ioredis";
import { dispatchId, markOf, type Dispatch } from "./dispatch.ts";
import { keysFor } from "../redis/keys.ts";

/**
 * Adds dispatches to the lanes' BullMQ queues. Only our own code ends a job, so BullMQ gets one
 * attempt, no delays, and keeps nothing.
 */
export class DispatchQueue {
  readonly #redis: Redis;
  readonly #queues = new Map<string, Queue>();

  /** @param redis connected; the adds travel on it behind whatever was sent before */
  constructor(redis: Redis) {
    this.#redis = redis;
  }

  /** Adds once however often it is called (the id decides), then clears the mark. */
  async add(dispatch: Dispatch): Promise<void> {
    const jobId = dispatchId(dispatch);
    const keys = keysFor(jobId);
    await this.#queue(keys.bullPrefix, dispatch.lane).add("dispatch", dispatch, { jobId });
    await this.#redis.zrem(keys.undispatched, markOf(dispatch));
  }

  #queue(prefix: string, lane: string): Queue {
    const name = `${prefix}:${lane}`;
    const known = this.#queues.get(name);
    if (known !== undefined) return known;
    const queue = new Queue(lane, {
      connection: this.#redis,
      prefix,
      skipVersionCheck: true,
      skipWaitingForReady: true,
      streams: { events: { maxLen: 100 } },
      defaultJobOptions: { attempts: 1, removeOnComplete: true, removeOnFail: true },
    });
    // The connection's owner logs its errors; without a listener here they would be thrown.
    queue.on("error", () => {});
    this.#queues.set(name, queue);
    return queue;
  }
}
