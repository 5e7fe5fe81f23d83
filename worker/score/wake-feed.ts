import { randomUUID } from "node:crypto";
import { type Logger, reasonOf } from "../../shared/log.ts";
import type { Redis } from "../../shared/redis/connection.ts";
import { workKeys as keys } from "../../shared/redis/keys.ts";
import { Every, type Service } from "../../shared/service.ts";

export interface WakeFeedOptions {
  /** A connection of its own. */
  readonly subscriber: Redis;
  readonly logger: Logger;
  /** @param lane name of one in which packs are ready; never rejects */
  readonly onWake: (lane: string) => void;
}

const PING_MS = 1000;
/** Without an answer for this long nobody is to rely on it, in ms. */
const DEAF_MS = 3000;

/**
 * Word of packs that are ready, for the worker that found their lane empty last. Whoever sends it hears
 * when nobody listens, and adds a shift instead. What neither of them notices is a connection that fell
 * silent without closing; so it is asked again and again, and `listener` is undefined when it does not answer.
 */
export class WakeFeed implements Service {
  readonly name = "wake feed";
  readonly #options: WakeFeedOptions;
  readonly #id = randomUUID();
  /** Of the monotonic clock. */
  #heardAtMs = -Infinity;
  readonly #pings = new Every(PING_MS, () => void this.#ping());
  readonly start = async (): Promise<void> => this.#pings.start(async () => this.#listen());

  constructor(options: WakeFeedOptions) {
    this.#options = options;
  }

  /** Whom to tell; undefined while nothing may come through. */
  get listener(): string | undefined {
    return performance.now() - this.#heardAtMs < DEAF_MS ? this.#id : undefined;
  }

  async stop(): Promise<void> {
    await this.#pings.stop();
    this.#doubt();
    const { subscriber } = this.#options;
    subscriber.off("message", this.#hear).off("close", this.#doubt);
    // Not waited for: its connection may have fallen silent, and is closed next.
    if (subscriber.status === "ready") subscriber.unsubscribe(keys.wakes(this.#id)).catch(() => {});
  }

  readonly #hear = (_channel: string, lane: string): void => this.#options.onWake(lane);

  readonly #doubt = (): void => void (this.#heardAtMs = -Infinity);

  async #listen(): Promise<void> {
    const { subscriber, logger } = this.#options;
    subscriber.on("message", this.#hear).on("close", this.#doubt);
    try {
      await subscriber.subscribe(keys.wakes(this.#id));
      await this.#ping();
    } catch (error) {
      // The worker is woken by shifts alone then, which is slower and no worse.
      logger.warn({ reason: reasonOf(error) }, "messages that wake this worker cannot be heard");
    }
  }

  async #ping(): Promise<void> {
    const { subscriber, logger } = this.#options;
    if (subscriber.status !== "ready") return;
    try {
      await subscriber.ping();
      this.#heardAtMs = performance.now();
    } catch (error) {
      logger.debug({ reason: reasonOf(error) }, this.name);
    }
  }
}
