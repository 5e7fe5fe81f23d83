import { Worker } from "bullmq";
import type { Redis } from "ioredis";
import { failpoint } from "../failpoint.ts";
import { dispatchSchema } from "./dispatch.ts";
import { type Logger, reasonOf } from "../log.ts";
import type { DispatchQueue } from "./dispatch-queue.ts";
import { dueMembers } from "../redis/due-members.ts";
import { workKeys as keys } from "../redis/keys.ts";
import { queueLost, readDispatch } from "./lost.ts";

/** A dispatch that is not acknowledged this long after its accept is added again. */
const UNDISPATCHED_AFTER_MS = 5000;
const MARKS_A_SWEEP = 500;

/**
 * Adds the dispatches that a gateway accepted and could not send, under their old ids: one that did
 * arrive is not doubled, one that has ended finds its jobs settled.
 *
 * @returns how many were added
 */
export async function redispatch(redis: Redis, queue: DispatchQueue): Promise<number> {
  const since = UNDISPATCHED_AFTER_MS;
  const { members: marks } = await dueMembers(redis, keys.undispatched, MARKS_A_SWEEP, since);
  // A mark of another version is left for a janitor that understands it.
  const dispatches = marks.flatMap((mark) => dispatchSchema.safeParse(JSON.parse(mark)).data ?? []);
  for (const dispatch of dispatches) {
    await queue.add(dispatch);
    failpoint("redispatched");
  }
  return dispatches.length;
}

/**
 * Puts dispatches whose worker died back into their queues. BullMQ does this inside a Worker only,
 * so each lane gets one that processes nothing.
 */
export class StallWatch {
  readonly #redis: Redis;
  readonly #checkMs: number;
  readonly #logger: Logger;
  readonly #onStalled: () => void;
  readonly #workers = new Map<string, Worker>();
  #isClosed = false;

  /**
   * @param checkMs between two checks; a lock that ran out is noticed within two of them
   * @param onStalled told of every dispatch that was put back
   */
  constructor(redis: Redis, checkMs: number, logger: Logger, onStalled: () => void) {
    this.#redis = redis;
    this.#checkMs = checkMs;
    this.#logger = logger;
    this.#onStalled = onStalled;
  }

  /** Takes up lanes that are new since the last call. */
  async watchAll(): Promise<void> {
    for (const lane of await this.#redis.smembers(keys.lanes)) {
      if (!this.#workers.has(lane) && !this.#isClosed) await this.#watch(lane);
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#workers.values()].map((worker) => worker.close(true)));
  }

  async #watch(lane: string): Promise<void> {
    const worker = new Worker(lane, null, {
      connection: this.#redis,
      prefix: keys.bullPrefix,
      stalledInterval: this.#checkMs,
      maxStalledCount: Number.MAX_SAFE_INTEGER,
      skipVersionCheck: true,
    });
    worker.on("error", (error) =>
      this.#logger.debug({ reason: reasonOf(error), lane }, "stall check"),
    );
    worker.on("stalled", (dispatch) => {
      this.#logger.warn({ dispatch, lane }, "dispatch stalled");
      this.#onStalled();
      this.#queueAgain(lane, dispatch).catch((error: unknown) => {
        // It is run all the same; until then it shows as running.
        const reason = reasonOf(error);
        this.#logger.warn({ dispatch, lane, reason }, "not shown as waiting again");
      });
    });
    this.#workers.set(lane, worker);
    await worker.startStalledCheckTimer();
  }

  async #queueAgain(lane: string, id: string): Promise<void> {
    const dispatch = await readDispatch(this.#redis, lane, id);
    if (dispatch !== undefined) await queueLost(this.#redis, dispatch);
  }
}
