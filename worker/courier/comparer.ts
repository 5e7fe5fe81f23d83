import { DELETED, isTerminal, namesIn, type JobView } from "../../shared/job/view.ts";
import { type Logger, reasonOf } from "../../shared/log.ts";
import { incrementsOf } from "../../shared/endpoint/verdict/counters.ts";
import { differenceOf, saysOfItsVersion } from "../../shared/endpoint/verdict/pair.ts";
import { failpoint } from "../../shared/failpoint.ts";
import { readJobs } from "../../shared/pack/read.ts";
import type { Redis } from "../../shared/redis/connection.ts";
import { Every, type Service } from "../../shared/service.ts";
import {
  countPair,
  dropShadow,
  endedShadows,
  postponeShadow,
  type CountedPair,
} from "../../shared/shadow/comparisons.ts";
import { pairOf, type Ended } from "../../shared/shadow/pair.ts";
import { SHADOW_TENANT, type ShadowEnd } from "../../shared/shadow/parent.ts";
import { countTruth } from "../../shared/shadow/truth.ts";
import type { CourierMetrics, ShadowOutcome } from "./metrics.ts";

export interface ComparerOptions {
  readonly redis: Redis;
  readonly logger: Logger;
  readonly metrics: CourierMetrics;
}

const LOOK_MS = 500;
const SHADOWS_A_LOOK = 100;
/** After which a live job that has not ended is looked at again, in ms. */
const LATER_MS = 1000;
/** A larger output is not compared, in bytes. */
const OUTPUT_BYTES_MAX = 8 * 1024 * 1024;

/**
 * Compares shadows that have ended with the jobs that they stand beside, and counts what comes of it: of each
 * pair once, however many couriers there are and whichever of them dies.
 */
export class Comparer implements Service {
  readonly name = "comparer";
  readonly #options: ComparerOptions;
  readonly #rounds = new Every(LOOK_MS, async () => this.#compareAll());
  readonly start = this.#rounds.start;
  /** Returns when what is being compared is counted. */
  readonly stop = this.#rounds.stop;

  constructor(options: ComparerOptions) {
    this.#options = options;
  }

  /** Until no more have ended. */
  async #compareAll(): Promise<void> {
    const { redis, logger } = this.#options;
    try {
      while (!this.#rounds.isStopped) {
        const { ends, nowMs } = await endedShadows(redis, SHADOWS_A_LOOK);
        await this.#compare(ends, nowMs + LATER_MS);
        if (ends.length < SHADOWS_A_LOOK) return;
      }
    } catch (error) {
      logger.warn({ reason: reasonOf(error) }, "shadows wait to be compared");
    }
  }

  async #compare(ends: readonly ShadowEnd[], laterMs: number): Promise<void> {
    if (ends.length === 0) return;
    const { redis } = this.#options;
    const lives = await readJobs(
      redis,
      "",
      ends.map(({ parent: { id, tenant } }) => ({ id, tenant, mode: "read" })),
    );
    const shadows = await readJobs(
      redis,
      "",
      ends.map(({ id }) => ({ id, tenant: SHADOW_TENANT, mode: "read" })),
    );
    for (const [i, end] of ends.entries()) {
      const [live, shadow] = [lives[i], shadows[i]];
      if (live === undefined || live === DELETED) await this.#drop(end, "gone");
      else if (shadow === undefined || shadow === DELETED) await this.#drop(end, "gone");
      else if (!saysOfItsVersion(shadow)) await this.#drop(end, "expired");
      else if (!isTerminal(live.status)) await postponeShadow(redis, end, laterMs);
      else if (!saysOfItsVersion(live)) await this.#drop(end, "live_expired");
      else await this.#compareOne(end, live, shadow);
    }
  }

  /** @param live has ended, and so has @param shadow */
  async #compareOne(end: ShadowEnd, live: JobView, shadow: JobView): Promise<void> {
    const { redis, logger } = this.#options;
    const ours = await this.#ended(live);
    const theirs = await this.#ended(shadow);
    if (ours === undefined || theirs === undefined) return this.#drop(end, "gone");
    let pair: CountedPair;
    try {
      pair = pairOfEnd(end, [live, shadow], [ours, theirs]);
    } catch (error) {
      // It must not keep the others from being compared: they would all wait behind it.
      logger.error({ jobId: live.id, err: error }, "outputs cannot be compared");
      return this.#drop(end, "gone");
    }
    const { isCounted, label } = await countPair(redis, pair);
    if (isCounted) this.#count(end, "counted");
    failpoint("pair counted");
    if (label === undefined) return;
    const { pipeline, shadow: name } = end.parent;
    const compared = [{ id: end.id, shadow: name }];
    await countTruth(redis, { live, pipeline, label, compared });
  }

  /** @returns undefined when its output is gone, or too large to be compared */
  async #ended(job: JobView): Promise<Ended | undefined> {
    if (job.status !== "succeeded") return { job, output: undefined };
    const { largeOutput: large } = job;
    if (large === undefined) return { job, output: job.output };
    if (large.bytes > OUTPUT_BYTES_MAX) return undefined;
    const output = await this.#options.redis.get(large.key);
    return output === null ? undefined : { job, output };
  }

  async #drop(end: ShadowEnd, outcome: ShadowOutcome): Promise<void> {
    if (await dropShadow(this.#options.redis, end)) this.#count(end, outcome);
  }

  #count({ parent }: ShadowEnd, outcome: ShadowOutcome): void {
    const shadow = parent.isUnnamed === true ? "" : parent.shadow;
    this.#options.metrics.own.shadows.inc({ ...namesIn(parent), shadow, outcome });
  }
}

function pairOfEnd(
  end: ShadowEnd,
  [live, shadow]: readonly [JobView, JobView],
  [ours, theirs]: readonly [live: Ended, candidate: Ended],
): CountedPair {
  const { parent } = end;
  const pair = pairOf(ours, theirs, parent.pipeline);
  const difference = differenceOf(pair, { live: "the live job", candidate: "the shadow" });
  return {
    end,
    comparison: {
      endpoint: parent.endpoint,
      variant: parent.variant,
      shadow: parent.shadow,
      live: live.model,
      candidate: shadow.model,
    },
    increments: incrementsOf(pair),
    disagreement:
      difference === undefined
        ? undefined
        : {
            job: parent.id,
            tenant: parent.tenant,
            difference,
            atMs: shadow.endedAtMs ?? 0,
          },
  };
}
