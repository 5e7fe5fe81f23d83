import { randomUUID } from "node:crypto";
import { failpoint } from "../../shared/failpoint.ts";
import {
  claimDeliveries,
  releaseDeliveries,
  type ClaimedDelivery,
} from "../../shared/webhook/deliveries.ts";
import type { Service } from "../../shared/service.ts";
import { delay, settled } from "../../shared/wait.ts";
import { attempt, type AttemptOptions } from "./attempt.ts";
import { reasonOf } from "../../shared/log.ts";

export interface DelivererOptions extends AttemptOptions {
  /** Most requests at a time. */
  readonly concurrency: number;
  /** How long a stop waits for receivers to answer, in ms. */
  readonly drainMs: number;
}

/** Between two looks at what is due, in ms, while there is nothing. */
const IDLE_MS = 100;
/** After Redis could not be asked, in ms. */
const TROUBLE_MS = 1000;
/** A claim lasts so many times as long as one attempt may take: 60 s unless set otherwise. */
const ATTEMPTS_A_LEASE = 4;

/** Sends webhooks that are due: claims as many as there are free sockets, and sends them side by side. */
export class Deliverer implements Service {
  readonly name = "deliveries";
  readonly #options: DelivererOptions;
  readonly #flying = new Map<ClaimedDelivery, Promise<void>>();
  readonly #stopping = new AbortController();
  /** Aborts when an attempt ends, so that its socket is used again at once. */
  #landed = new AbortController();
  /** Not an `Every`: how long it pauses depends on what it found, and a landing cuts a pause short. */
  #loop: Promise<void> | undefined;

  constructor(options: DelivererOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    this.#loop ??= this.#run();
  }

  /** Claims nothing more, lets what is under way end, and hands back what does not end in time. */
  async stop(deadline: AbortSignal): Promise<void> {
    const { redis, drainMs } = this.#options;
    this.#stopping.abort();
    this.#landed.abort();
    await this.#loop;
    await settled(Promise.all(this.#flying.values()), drainMs, deadline);
    await releaseDeliveries(redis, [...this.#flying.keys()]);
  }

  async #run(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      const waitMs = await this.#claim().catch((error: unknown) => {
        this.#options.logger.warn({ reason: reasonOf(error) }, "webhooks cannot be claimed");
        return TROUBLE_MS;
      });
      this.#landed = new AbortController();
      if (waitMs > 0) await delay(waitMs, this.#landed.signal);
    }
  }

  /** @returns how long to wait for more, in ms */
  async #claim(): Promise<number> {
    const { redis, concurrency, timeoutMs } = this.#options;
    const most = concurrency - this.#flying.size;
    if (most <= 0) return IDLE_MS;
    const leaseMs = timeoutMs * ATTEMPTS_A_LEASE;
    const token = randomUUID();
    const claimed = await claimDeliveries(redis, { leaseMs, most, token });
    if (claimed.length > 0) failpoint("deliveries claimed");
    for (const delivery of claimed) this.#flying.set(delivery, this.#fly(delivery));
    return claimed.length === 0 ? IDLE_MS : 0;
  }

  async #fly(delivery: ClaimedDelivery): Promise<void> {
    const { logger } = this.#options;
    try {
      await attempt(delivery, this.#options);
    } catch (error) {
      // The claim runs out by itself, and then it is tried again.
      const facts = { delivery: delivery.id, reason: reasonOf(error) };
      logger.warn(facts, "webhook attempt not recorded");
    } finally {
      this.#flying.delete(delivery);
      this.#landed.abort();
    }
  }
}
