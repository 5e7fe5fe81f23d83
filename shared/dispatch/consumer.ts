import { WaitingError, Worker, type Job } from "bullmq";
import type { Redis } from "ioredis";
import { z } from "zod";
import { dispatchSchema, type Dispatch } from "./dispatch.ts";
import { type Logger, reasonOf } from "../log.ts";
import type { Service } from "../service.ts";
import { settled } from "../wait.ts";
import { laneName, type Lane } from "../lane.ts";
import { workKeys as keys } from "../redis/keys.ts";

/** `handed back`: not run here, and free for another worker at once. */
export type DispatchEnd = "done" | "handed back";

export type FetchedDispatch = Dispatch & {
  /** How often a worker died, or lost its lock, while holding it. */
  readonly stalls: number;
};

export interface ConsumerOptions {
  /** A connection for loops; BullMQ makes a blocking one beside it. */
  readonly redis: Redis;
  readonly lane: Lane;
  /** Rows that may be held at a time; fetching pauses there and resumes below. */
  readonly rowsMax: number;
  /** Milliseconds a dispatch stays ours without a sign of life. */
  readonly lockMs: number;
  readonly logger: Logger;
  readonly handle: (dispatch: FetchedDispatch) => Promise<DispatchEnd>;
}

/** Dispatches in hand at most; measured: 2 gives 0.38 of the throughput, more than 64 less again. */
const CONCURRENCY = 32;

const CLOSE_MS = 2000;

/** After a connection that was closed under a command, in ms; BullMQ's own 15 s outlast most outages. */
const RETRY_MS = 1000;

/**
 * Takes dispatches of one lane from BullMQ. A dispatch ends only after `handle` says so: when it
 * throws, or the dispatch cannot be understood, the lock is left to run out, and the janitor gives
 * the dispatch to another worker.
 */
export class Consumer implements Service {
  readonly name: string;
  readonly #options: ConsumerOptions;
  #worker: Worker | undefined;
  /** By id, what is under way; the last one, where a dispatch came again meanwhile. */
  readonly #inHand = new Map<string, Promise<DispatchEnd>>();
  #rows = 0;
  #stopping = false;

  constructor(options: ConsumerOptions) {
    this.#options = options;
    this.name = `consumer ${laneName(options.lane)}`;
  }

  /** The worker is made here and not before: making one opens its connections. */
  async start(): Promise<void> {
    if (this.#worker !== undefined || this.#stopping) return;
    const { redis, lane, lockMs, logger } = this.#options;
    const worker = new Worker(laneName(lane), async (job, token) => this.#process(job, token), {
      connection: redis,
      prefix: keys.bullPrefix,
      autorun: false,
      concurrency: CONCURRENCY,
      lockDuration: lockMs,
      runRetryDelay: RETRY_MS,
      skipStalledCheck: true, // the janitor's duty, which also works when no worker lives
      maxStalledCount: Number.MAX_SAFE_INTEGER,
      skipVersionCheck: true,
      removeOnComplete: { count: 0 },
      removeOnFail: { count: 0 },
    });
    worker.on("active", (job: Job) => this.#count(rowsOf(job)));
    // The connection's owner says when Redis is gone; a lane more or less does not matter then.
    worker.on("error", (error) => logger.debug({ reason: reasonOf(error) }, this.name));
    this.#worker = worker;
    await worker.waitUntilReady();
    if (this.#stopping) return;
    worker.run().catch((error: unknown) => logger.error({ err: error }, this.name));
  }

  /** Fetches no more; what is in hand goes on. */
  async stopFetching(): Promise<void> {
    this.#stopping = true;
    await this.#worker?.pause(true);
  }

  /**
   * Waits for what is in hand to be acknowledged, and no longer: BullMQ's close waits for ever while
   * Redis is away, and now and then after it was. A dispatch that is not acknowledged comes back as
   * stalled, and finds its jobs settled.
   */
  async stop(deadline: AbortSignal): Promise<void> {
    await this.stopFetching();
    await settled(Promise.resolve(this.#worker?.close()), CLOSE_MS, deadline);
  }

  #count(rows: number): void {
    this.#rows += rows;
    const worker = this.#worker;
    if (worker === undefined || this.#rows < this.#options.rowsMax || worker.isPaused()) return;
    void worker.pause(true);
  }

  #uncount(rows: number): void {
    this.#rows -= rows;
    const worker = this.#worker;
    if (worker?.isPaused() !== true || this.#rows >= this.#options.rowsMax) return;
    if (!this.#stopping) void worker.resume();
  }

  async #process(job: Job, token: string | undefined): Promise<void> {
    let end: DispatchEnd;
    try {
      const dispatch = dispatchSchema.parse(job.data);
      end = await this.#inTurn(job.id ?? "", { ...dispatch, stalls: job.stalledCounter });
    } catch (error) {
      this.#leave(job, error);
      throw new WaitingError();
    } finally {
      this.#uncount(rowsOf(job));
    }
    if (end === "done") return;
    // Any other error would have BullMQ fail the dispatch, and so remove it with its jobs unended.
    await job.moveToWait(token).catch((error: unknown) => this.#leave(job, error));
    throw new WaitingError();
  }

  /**
   * A dispatch whose lock ran out comes again, perhaps to this process, which is still at it. Taken at
   * once it would discard what is about to end; and the first to end would have BullMQ renew the other's
   * lock no more, so that it came again and again until no attempts were left.
   */
  async #inTurn(id: string, dispatch: FetchedDispatch): Promise<DispatchEnd> {
    const before = this.#inHand.get(id);
    const handling = (async () => {
      await before?.catch(() => {});
      return this.#options.handle(dispatch);
    })();
    this.#inHand.set(id, handling);
    try {
      return await handling;
    } finally {
      if (this.#inHand.get(id) === handling) this.#inHand.delete(id);
    }
  }

  /** Errors of Redis carry the whole script that failed: the message is all a log can use. */
  #leave({ id }: Job, error: unknown): void {
    const reason = reasonOf(error);
    this.#options.logger.error({ dispatch: id, reason }, "dispatch left to the janitor");
  }
}

const rowsSchema = z.object({ rows: z.int().positive() });

/** The budget counts what BullMQ handed over, understood or not. */
function rowsOf(job: Job): number {
  return rowsSchema.safeParse(job.data).data?.rows ?? 1;
}
