import { isDeepStrictEqual } from "node:util";
import type { Clock } from "../../shared/clock.ts";
import { ScoringError } from "../../shared/error.ts";
import { Every, type Service } from "../../shared/service.ts";
import type { RunsOn } from "../../shared/device.ts";
import type { Logger } from "../../shared/log.ts";
import {
  readWorkers,
  whyUnavailable,
  type Heartbeat,
  type Unavailable,
} from "../../shared/lane/workers.ts";
import type { Redis } from "../../shared/redis/connection.ts";

const LOOK_MS = 1000;

/** What the workers say of themselves, a second old at most: no request waits for it. */
export class WorkerView implements Service {
  readonly name = "worker view";
  readonly #redis: Redis;
  readonly #clock: Clock;
  readonly #logger: Logger;
  #live: readonly Heartbeat[] = [];
  readonly #looks = new Every(LOOK_MS, () => void this.#look());
  readonly start = async (): Promise<void> => this.#looks.start(async () => this.#look());
  readonly stop = this.#looks.stop;

  constructor(redis: Redis, clock: Clock, logger: Logger) {
    this.#redis = redis;
    this.#clock = clock;
    this.#logger = logger;
  }

  whyUnavailable(model: string): Unavailable | undefined {
    return whyUnavailable(this.#live, model);
  }

  /** @throws {ScoringError} `model_unavailable` */
  refuseUnavailable(model: string): void {
    const reason = this.whyUnavailable(model);
    if (reason === undefined) return;
    const message = `${model} cannot be scored: ${reason.unavailable}.`;
    throw new ScoringError("model_unavailable", message);
  }

  /** Workers that serve the version and are ready, or are about to be. */
  count(model: string): { readonly ready: number; readonly starting: number } {
    const states = this.#live.map(({ versions }) => versions[model]);
    return {
      ready: states.filter((state) => state === "ready").length,
      starting: states.filter((state) => state === "starting").length,
    };
  }

  /** Tensor batches that the workers which are ready for the version can run at a time, of any version. */
  slots(model: string): number {
    const ready = this.#live.filter(({ versions }) => versions[model] === "ready");
    return ready.reduce((sum, { slots = 1 }) => sum + slots, 0);
  }

  /** What its sessions run on, and in how many workers each; a worker tells once it has loaded it. */
  runsOn(model: string): readonly (RunsOn & { readonly workers: number })[] {
    const told = this.#live.flatMap(({ runs_on: runsOn }) => runsOn?.[model] ?? []);
    const kinds = told.filter((it, i) => told.findIndex((one) => isDeepStrictEqual(one, it)) === i);
    return kinds.map((kind) => ({
      ...kind,
      workers: told.filter((it) => isDeepStrictEqual(it, kind)).length,
    }));
  }

  /** Workers that serve the version and cannot load its file, or were not given it yet. */
  countUnavailable(model: string): { readonly unavailable: number; readonly not_pulled: number } {
    const states = this.#live.flatMap(({ versions }) => versions[model] ?? []);
    const reasons = states.filter((it) => typeof it !== "string");
    const notPulled = reasons.filter(({ not_pulled }) => not_pulled === true).length;
    return { unavailable: reasons.length - notPulled, not_pulled: notPulled };
  }

  /** While Redis is away the last view stands. */
  async #look(): Promise<void> {
    try {
      this.#live = (await readWorkers(this.#redis, this.#clock.now())).live;
    } catch (error) {
      this.#logger.debug({ err: error }, "worker view");
    }
  }
}
