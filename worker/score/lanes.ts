import type { Logger } from "../../shared/log.ts";
import type { ModelVersion } from "../../shared/model/registry.ts";
import { Consumer, type DispatchEnd } from "../../shared/dispatch/consumer.ts";
import { jobClasses, type Lane } from "../../shared/lane.ts";
import type { Redis } from "../../shared/redis/connection.ts";
import type { Origin } from "./carrier.ts";

export interface LanesOptions {
  /** A connection for loops. */
  readonly redis: Redis;
  readonly logger: Logger;
  readonly lockMs: number;
  /** Runners that the rows in hand are for. */
  readonly slots: number;
  readonly handle: (origin: Origin) => Promise<DispatchEnd>;
}

/** Batches' worth of rows held per slot and lane: one that runs, and one that is ready. */
const BATCHES_HELD = 2;

const CLOSE_MS = 5000;

interface OpenVersion {
  readonly version: ModelVersion;
  /** One per class. */
  readonly consumers: readonly Consumer[];
  readonly inHand: Set<Promise<DispatchEnd>>;
}

/** The lanes that this worker fetches from: both classes of every version that it serves. */
export class Lanes {
  readonly #options: LanesOptions;
  readonly #open = new Map<ModelVersion, OpenVersion>();
  #isStopping = false;

  constructor(options: LanesOptions) {
    this.#options = options;
  }

  /** Dispatches fetched and not ended. */
  get inHand(): number {
    return [...this.#open.values()].reduce((sum, { inHand }) => sum + inHand.size, 0);
  }

  async open(version: ModelVersion): Promise<void> {
    if (this.#isStopping) return;
    const inHand = new Set<Promise<DispatchEnd>>();
    const consumers = jobClasses.map((jobClass) =>
      this.#consumer(version, { model: version.id, class: jobClass }, inHand),
    );
    this.#open.set(version, { version, consumers, inHand });
    await Promise.all(consumers.map(async (consumer) => consumer.start()));
  }

  /** Fetches no more of a version, and returns when what is in hand of it has ended. */
  async close(version: ModelVersion): Promise<void> {
    const open = this.#open.get(version);
    if (open === undefined) return;
    await Promise.all(open.consumers.map(async (consumer) => consumer.stopFetching()));
    // What was on its way when fetching stopped may still come in.
    while (open.inHand.size > 0) await Promise.allSettled(open.inHand);
    const deadline = AbortSignal.timeout(CLOSE_MS);
    await Promise.all(open.consumers.map(async (consumer) => consumer.stop(deadline)));
    this.#open.delete(version);
  }

  /** For good: no lane is opened any more. */
  async stopFetching(): Promise<void> {
    this.#isStopping = true;
    await Promise.all(this.#consumers().map(async (consumer) => consumer.stopFetching()));
  }

  /** Settles when all that is in hand now has ended, well or not. */
  async drained(): Promise<void> {
    await Promise.allSettled([...this.#open.values()].flatMap(({ inHand }) => [...inHand]));
  }

  async stop(deadline: AbortSignal): Promise<void> {
    await Promise.all(this.#consumers().map(async (consumer) => consumer.stop(deadline)));
  }

  #consumers(): readonly Consumer[] {
    return [...this.#open.values()].flatMap(({ consumers }) => consumers);
  }

  #consumer(version: ModelVersion, lane: Lane, inHand: Set<Promise<DispatchEnd>>): Consumer {
    const { redis, lockMs, logger, slots, handle } = this.#options;
    return new Consumer({
      redis,
      lane,
      lockMs,
      logger,
      rowsMax: version.manifest.batching.max_batch_size * slots * BATCHES_HELD,
      handle: async (dispatch) => {
        const end = handle({ version, lane, dispatch });
        inHand.add(end);
        return end.finally(() => inHand.delete(end));
      },
    });
  }
}
