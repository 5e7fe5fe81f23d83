import type { Redis } from "ioredis";
import type { Clock } from "../clock.ts";
import { Every, type Service } from "../service.ts";
import type { Logger } from "../log.ts";

/** Between two looks at Redis' time, in ms. */
const LOOK_MS = 2000;
/** By how much two good clocks may run apart. */
const DRIFT = 0.0002;
/** A machine whose own clock is off by more than this says so, in ms. */
const SKEW_MS_WARNED = 1000;
/**
 * Beyond this a process is not ready, in ms: its deadlines hold, since they are Redis', but
 * certificates are judged and logs are dated by the machine's clock.
 */
const SKEW_MS_MAX = 600_000;

interface Sample {
  /** Redis' time less that of the monotonic clock. */
  readonly offsetMs: number;
  /** By which it may be wrong. */
  readonly errorMs: number;
  /** When it was taken, by the monotonic clock. */
  readonly atMs: number;
}

/**
 * Redis' time, carried on by the monotonic clock: all processes of an installation tell the same
 * time, whatever their machines' clocks say, and a clock that is set meanwhile moves nothing. It is
 * off by half a round trip at most; the best of the looks counts.
 */
export class RedisClock implements Clock, Service {
  readonly name = "clock";
  readonly #redis: Redis;
  readonly #logger: Logger;
  #known: Sample = { offsetMs: Date.now() - performance.now(), errorMs: Infinity, atMs: 0 };
  #isSkewed = false;
  readonly #looks = new Every(LOOK_MS, () => this.#lookAgain());
  readonly start = async (): Promise<void> => this.#looks.start(async () => this.#look());
  readonly stop = this.#looks.stop;

  /** @param redis connected when the clock starts; until then the clock is the machine's */
  constructor(redis: Redis, logger: Logger) {
    this.#redis = redis;
    this.#logger = logger;
  }

  now(): number {
    return Math.floor(performance.now() + this.#known.offsetMs);
  }

  /** By how much the machine's clock is ahead of Redis', in ms; negative when it is behind. */
  get skewMs(): number {
    return Math.round(Date.now() - performance.now() - this.#known.offsetMs);
  }

  /** Whether the machine's clock is near enough for what depends on it. */
  get isUsable(): boolean {
    return Math.abs(this.skewMs) <= SKEW_MS_MAX;
  }

  /** While Redis is away the last look still holds. */
  #lookAgain(): void {
    if (this.#redis.status === "ready") this.#look().catch(() => {});
  }

  async #look(): Promise<void> {
    const beganMs = performance.now();
    const timeMs = await readTime(this.#redis);
    const atMs = performance.now();
    this.#take({
      offsetMs: timeMs - (beganMs + atMs) / 2,
      errorMs: (atMs - beganMs) / 2,
      atMs,
    });
    this.#tell();
  }

  /** A worse look is only taken when it shows that the better one no longer holds. */
  #take(sample: Sample): void {
    const known = this.#known;
    const errorMs = known.errorMs + (sample.atMs - known.atMs) * DRIFT;
    const apartMs = Math.abs(sample.offsetMs - known.offsetMs);
    if (sample.errorMs <= errorMs || apartMs > sample.errorMs + errorMs) this.#known = sample;
  }

  #tell(): void {
    const { skewMs } = this;
    const isSkewed = Math.abs(skewMs) > SKEW_MS_WARNED;
    if (isSkewed === this.#isSkewed) return;
    this.#isSkewed = isSkewed;
    if (isSkewed) this.#logger.warn({ skewMs }, "this machine's clock is not Redis'");
    else this.#logger.info({ skewMs }, "this machine's clock is Redis' again");
  }
}

/** Redis' time, in ms since the Unix epoch. */
export async function readTime(redis: Redis): Promise<number> {
  const [seconds, micros] = await redis.time();
  return Number(seconds) * 1000 + Number(micros) / 1000;
}
