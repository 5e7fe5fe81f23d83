import type { Clock } from "../../shared/clock.ts";
import type { Redis } from "../../shared/redis/connection.ts";
import { controlKeys } from "../../shared/redis/keys.ts";
import type { Headers } from "../http/answers.ts";
import { LimitReached } from "../http/rate-limit.ts";

const MINUTE_MS = 60_000;
/** Longer than the minute that is counted, for clocks that differ. */
const KEPT_SECONDS = 120;

export interface Budget {
  /** What it counts for. */
  readonly of: string;
  readonly perMinute: number;
  /** Says so to people. */
  readonly whose: string;
}

/** How many requests a key may make in a minute, on all gateways together. */
export class RequestBudget {
  readonly #redis: Redis;
  readonly #clock: Clock;
  readonly #perMinute: number;

  /** @param perMinute 0: any number, and nothing is counted */
  constructor(redis: Redis, clock: Clock, perMinute: number) {
    this.#redis = redis;
    this.#clock = clock;
    this.#perMinute = perMinute;
  }

  /**
   * @returns what the answer says of the budget; at once, and undefined, where there is none
   * @throws {LimitReached} when it is used up
   * @see https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/
   */
  take(keyId: string | undefined): Promise<Headers | undefined> | undefined {
    return this.#perMinute === 0 || keyId === undefined
      ? undefined
      : this.#take({ of: keyId, perMinute: this.#perMinute, whose: "This key" });
  }

  /**
   * Takes one of a budget of its own. Throws as `take`.
   *
   * @returns gives it back: for a request that turns out to be none
   */
  async spend(budget: Budget): Promise<() => Promise<void>> {
    const nowMs = this.#clock.now();
    const headers = await this.#take(budget, nowMs);
    return async () => {
      if (headers !== undefined) await this.#count(budget.of, nowMs, -1).catch(() => undefined);
    };
  }

  async #take(
    { of, perMinute, whose }: Budget,
    nowMs = this.#clock.now(),
  ): Promise<Headers | undefined> {
    // While Redis is away there is nothing to protect: what needs it fails by itself.
    const used = await this.#count(of, nowMs).catch(() => undefined);
    if (used === undefined) return undefined;
    const left = perMinute - used;
    const resetSeconds = Math.ceil((MINUTE_MS - (nowMs % MINUTE_MS)) / 1000);
    const headers = {
      "ratelimit-policy": `"requests";q=${perMinute};w=60`,
      ratelimit: `"requests";r=${Math.max(0, left)};t=${resetSeconds}`,
    };
    if (left >= 0) return headers;
    const message = `${whose} is limited to ${perMinute} requests per minute.`;
    throw new LimitReached(message, { ...headers, "retry-after": String(resetSeconds) });
  }

  /**
   * Requests of this minute, this one included. One whose reply was lost may be counted twice, which costs
   * its key one request.
   */
  async #count(of: string, nowMs: number, by = 1): Promise<number> {
    const name = controlKeys.requests(of, Math.floor(nowMs / MINUTE_MS));
    const counted = [this.#redis.incrby(name, by), this.#redis.expire(name, KEPT_SECONDS)] as const;
    return (await Promise.all(counted))[0];
  }
}
