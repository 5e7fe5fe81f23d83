import type { Job, Queue, Worker } from "bullmq";
import type { Redis } from "ioredis";
import { laneName, type Lane } from "../lane.ts";
import { keepCompiled } from "../compile-cache.ts";
import { loadCode } from "../heap-growth.ts";
import { type Logger, reasonOf } from "../log.ts";
import { workKeys as keys } from "../redis/keys.ts";
import type { Service } from "../service.ts";
import { settled } from "../wait.ts";

type Bullmq = typeof import("bullmq");
let imported: Promise<Bullmq> | undefined;

/**
 * BullMQ is some 230 files with what it imports, a fifth of what a worker has to import. Nobody needs it to
 * find work at its start, so it comes later: whoever cannot wait for it later calls this first.
 */
export async function importBullmq(): Promise<Bullmq> {
  return (imported ??= loadCode(async () => import("bullmq")));
}

/**
 * A shift is a worker's turn to look after a lane until it is empty. BullMQ wakes one worker for each, and
 * that is all: a shift says nothing of what there is to do, and losing or doubling one costs no job anything.
 *
 * While packs are ready and a slot is idle, a shift waits in the lane's queue, or is on its way there. A
 * script that leaves packs ready answers whether it is the one to see to that, and its caller adds a shift.
 * What is missing all the same, `mend-shifts.ts` adds.
 */
export class Shifts {
  readonly #redis: Redis;
  readonly #queues = new Map<string, Queue>();

  /** @param redis connected; the adds travel on it behind whatever was sent before */
  constructor(redis: Redis) {
    this.#redis = redis;
  }

  async add(lane: Lane): Promise<void> {
    const { Queue: Made } = await importBullmq();
    await this.#queue(laneName(lane), Made).add("shift", {});
  }

  #queue(lane: string, Made: typeof Queue): Queue {
    const known = this.#queues.get(lane);
    if (known !== undefined) return known;
    const queue = new Made(lane, {
      connection: this.#redis,
      prefix: keys.shiftPrefix,
      skipVersionCheck: true,
      skipWaitingForReady: true,
      streams: { events: { maxLen: 10 } },
      defaultJobOptions: { attempts: 1, removeOnComplete: true, removeOnFail: true },
    });
    // The connection's owner logs its errors; without a listener here they would be thrown.
    queue.on("error", () => {});
    this.#queues.set(lane, queue);
    return queue;
  }
}

/** `handed back`: this worker had no room, and sent no turn for it: another one is to be woken. */
export type ShiftEnd = "done" | "handed back";

export interface ShiftListenerOptions {
  /** A connection for loops; BullMQ makes a blocking one beside it. */
  readonly redis: Redis;
  readonly lane: Lane;
  /** How long a shift stays ours without a sign of life, in ms. */
  readonly lockMs: number;
  readonly logger: Logger;
  /** Resolves when the lane was found empty, or this worker has no more room. */
  readonly onShift: () => Promise<ShiftEnd>;
}

const CLOSE_MS = 2000;

/** After a connection that was closed under a command, in ms; BullMQ's own 15 s outlast most outages. */
const RETRY_MS = 1000;

/**
 * Listens for the shifts of one lane, one at a time, and only while the worker has room. A shift that a
 * worker has does not count as one that waits, so that nothing depends on what becomes of it.
 */
export class ShiftListener implements Service {
  readonly name: string;
  readonly #options: ShiftListenerOptions;
  #worker: Worker | undefined;
  #starting: Promise<void> | undefined;
  /** From then on its worker is to be paused and resumed; before, that is only noted. */
  #isReady = false;
  #isPaused = false;
  #isStopping = false;

  constructor(options: ShiftListenerOptions) {
    this.#options = options;
    this.name = `shifts ${laneName(options.lane)}`;
  }

  /** The worker is made here and not before: making one opens its connections. */
  async start(): Promise<void> {
    try {
      await (this.#starting ??= this.#start());
    } catch (error) {
      // It would stay without its connections for good.
      this.#worker?.close(true).catch(() => {});
      this.#worker = undefined;
      this.#starting = undefined;
      this.#isReady = false;
      throw error;
    }
  }

  async #start(): Promise<void> {
    if (this.#isStopping) return;
    const { Worker: Made, WaitingError } = await importBullmq();
    // Whoever listens is ready already, and has kept what was compiled until then.
    keepCompiled();
    if (this.#isStopping) return;
    const { redis, lane, lockMs, logger } = this.#options;
    const process = async (job: Job, token: string | undefined): Promise<void> => {
      if ((await this.#heed()) === "done") return;
      await job.moveToWait(token);
      throw new WaitingError();
    };
    const worker = new Made(laneName(lane), process, {
      connection: redis,
      prefix: keys.shiftPrefix,
      autorun: false,
      concurrency: 1,
      lockDuration: lockMs,
      runRetryDelay: RETRY_MS,
      skipStalledCheck: true, // see `mend-shifts.ts`
      skipVersionCheck: true,
      removeOnComplete: { count: 0 },
      removeOnFail: { count: 0 },
    });
    // The connection's owner says when Redis is gone; a lane more or less does not matter then.
    worker.on("error", (error) => logger.debug({ reason: reasonOf(error) }, this.name));
    this.#worker = worker;
    await worker.waitUntilReady();
    if (this.#isStopping) return;
    this.#isReady = true;
    // Resuming it is what runs it then.
    if (this.#isPaused) {
      await worker.pause(true);
      if (!this.#isPaused) void worker.resume();
      return;
    }
    worker.run().catch((error: unknown) => logger.error({ err: error }, this.name));
  }

  /** Takes up no further shift; the one it has goes on. */
  pause(): void {
    this.#isPaused = true;
    if (this.#isReady && this.#worker?.isPaused() === false) void this.#worker.pause(true);
  }

  resume(): void {
    this.#isPaused = false;
    if (this.#worker?.isPaused() === true && !this.#isStopping) void this.#worker.resume();
  }

  /**
   * Waits for the shift it has, and no longer: BullMQ's close waits for ever while Redis is away, and now
   * and then after it was.
   */
  async stop(deadline: AbortSignal): Promise<void> {
    this.#isStopping = true;
    this.pause();
    const closed = Promise.allSettled([this.#starting]).then(async () => this.#worker?.close());
    await settled(closed, CLOSE_MS, deadline);
  }

  async #heed(): Promise<ShiftEnd> {
    const { onShift, logger } = this.#options;
    // What was on its way when it paused still comes in.
    if (this.#worker?.isPaused() !== false) return "handed back";
    try {
      return await onShift();
    } catch (error) {
      logger.error({ reason: reasonOf(error) }, this.name);
      return "handed back";
    }
  }
}
