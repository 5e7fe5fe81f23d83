import type { Clock } from "../../shared/clock.ts";
import { countRequest, type RequestCount } from "../../shared/access/request-count.ts";
import type { Redis } from "../../shared/redis/connection.ts";
import { LimitReached } from "../http/rate-limit.ts";

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
   * @returns what the answer says of the budget; nothing where there is none
   * @throws {LimitReached} when it is used up
   * @see https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/
   */
  async take(keyId: string | undefined): Promise<Record<string, string>> {
    if (this.#perMinute === 0 || keyId === undefined) return {};
    const used = await this.#count(keyId);
    if (used === undefined) return {};
    const left = this.#perMinute - used.count;
    const headers = {
      "ratelimit-policy": `"requests";q=${this.#perMinute};w=60`,
      ratelimit: `"requests";r=${Math.max(0, left)};t=${used.resetSeconds}`,
    };
    if (left >= 0) return headers;
    const message = `This key is limited to ${this.#perMinute} requests per minute.`;
    throw new LimitReached(message, { ...headers, "retry-after": String(used.resetSeconds) });
  }

  /** While Redis is away there is nothing to protect: what needs it fails by itself. */
  async #count(keyId: string): Promise<RequestCount | undefined> {
    return countRequest(this.#redis, keyId, this.#clock.now()).catch(() => undefined);
  }
}
