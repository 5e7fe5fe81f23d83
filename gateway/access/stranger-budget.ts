import { LimitReached } from "../http/rate-limit.ts";

/** As many seconds' worth may come at once. */
const BURST_SECONDS = 10;

/**
 * How many requests all who send no key that works may make together at this process, as a bucket
 * of tokens: they can use up each other's, and nobody else's.
 */
export class StrangerBudget {
  readonly #perSecond: number;
  readonly #nowMs: () => number;
  #tokens: number;
  #filledAtMs: number;

  /** @param perSecond 0: any number @param nowMs a clock that is never set */
  constructor(perSecond: number, nowMs: () => number = () => performance.now()) {
    this.#perSecond = perSecond;
    this.#nowMs = nowMs;
    this.#tokens = perSecond * BURST_SECONDS;
    this.#filledAtMs = nowMs();
  }

  /** @throws {LimitReached} when it is used up */
  take(): void {
    if (this.#perSecond === 0) return;
    this.#fill();
    if (this.#tokens < 1) throw this.#usedUp();
    this.#tokens -= 1;
  }

  #fill(): void {
    const nowMs = this.#nowMs();
    const more = ((nowMs - this.#filledAtMs) / 1000) * this.#perSecond;
    this.#tokens = Math.min(this.#tokens + more, this.#perSecond * BURST_SECONDS);
    this.#filledAtMs = nowMs;
  }

  #usedUp(): LimitReached {
    const seconds = Math.ceil((1 - this.#tokens) / this.#perSecond);
    const message = "Too many requests without a valid key; requests with one do not count.";
    return new LimitReached(message, {
      "ratelimit-policy": `"strangers";q=${this.#perSecond};w=1`,
      ratelimit: `"strangers";r=0;t=${seconds}`,
      "retry-after": String(seconds),
    });
  }
}
