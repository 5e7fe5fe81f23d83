import { Redis, type RedisOptions } from "ioredis";
import { backOffMs, spread } from "../back-off.ts";
import type { Logger } from "../log.ts";

/**
 * Seen again within this long after a move, the address still leads to a node that only reads, in
 * ms.
 */
const AGAIN_MS = 3000;
const AGAIN_PAUSE_MS = 500;

/** BullMQ waits up to 20 s between tries; after an outage nobody wants to. */
const RETRY_MS = [100, 1500] as const;

/**
 * All connections of a process to its Redis, with those that BullMQ makes of them. After a failover
 * the old primary answers READONLY to whoever writes. It says nothing to whoever only listens or
 * reads, and would be listened to for ever: so when one connection hears it, all leave that node.
 */
export class ConnectionGroup {
  readonly #logger: Logger;
  /** Those that are not closed for good, and since when each is as it is; -Infinity: not begun. */
  readonly #sinceMs = new Map<Redis, number>();
  #movedMs = -Infinity;
  /** Who heard READONLY last, and has not connected anew yet. */
  #witness: Redis | undefined;
  #isAgain = false;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** @param options but for those that say when to connect anew: that is the group's to say */
  connect(url: string, options: Omit<RedisOptions, "replyMapping">): Redis {
    return this.#join(new Redis(url, options));
  }

  #join(redis: Redis): Redis {
    redis.options.retryStrategy = (tries) => this.#retryMs(tries);
    redis.options.reconnectOnError = (error) => this.#onError(redis, error);
    const duplicate = redis.duplicate.bind(redis);
    redis.duplicate = (override) => this.#join(duplicate(override));
    redis.on("connecting", () => this.#sinceMs.set(redis, performance.now()));
    redis.on("end", () => this.#sinceMs.delete(redis));
    redis.on("ready", () => this.#arrive(redis));
    return redis;
  }

  /** @returns 2: connect anew, and send the command again */
  #onError(redis: Redis, { message }: Error): 2 | false {
    // Redis 6.2 wraps it when a script writes: `ERR Error running script (…): …: -READONLY You …`.
    if (!message.includes("READONLY")) return false;
    // What comes late from a connection that is being left says nothing new.
    if (!this.#isOld(redis)) this.#move(redis);
    return 2;
  }

  /** The witness connects anew by itself. */
  #move(witness: Redis): void {
    const nowMs = performance.now();
    this.#isAgain = nowMs - this.#movedMs < AGAIN_MS;
    if (!this.#isAgain) this.#logger.warn("Redis takes no writes here, looking for the primary");
    this.#witness = witness;
    this.#leaveBefore(nowMs);
  }

  /**
   * Where the witness has arrived it writes again, or it is one anew. Others may have been quicker,
   * and at the old node while the address still led there.
   */
  #arrive(redis: Redis): void {
    if (redis === this.#witness) {
      this.#witness = undefined;
      this.#leaveBefore(this.#sinceMs.get(redis) ?? this.#movedMs);
    } else if (this.#isOld(redis)) {
      redis.disconnect(true);
    }
  }

  /** @param movedMs connections that were begun before are given up */
  #leaveBefore(movedMs: number): void {
    this.#movedMs = movedMs;
    for (const redis of this.#sinceMs.keys()) {
      const isLeft = redis !== this.#witness && redis.status === "ready" && this.#isOld(redis);
      if (isLeft) redis.disconnect(true);
    }
  }

  #isOld(redis: Redis): boolean {
    return (this.#sinceMs.get(redis) ?? -Infinity) < this.#movedMs;
  }

  #retryMs(tries: number): number {
    return spread(Math.max(backOffMs(tries, ...RETRY_MS), this.#isAgain ? AGAIN_PAUSE_MS : 0));
  }
}
