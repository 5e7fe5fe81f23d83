import { randomUUID } from "node:crypto";
import type { Clock } from "../../shared/clock.ts";
import {
  endpointsRevision,
  putEndpoint,
  readEndpoints,
  type Endpoint,
} from "../../shared/endpoint/endpoints.ts";
import { comparisonOf } from "../../shared/endpoint/verdict/report.ts";
import { type Logger, reasonOf } from "../../shared/log.ts";
import type { Redis } from "../../shared/redis/connection.ts";
import { Every, type Service } from "../../shared/service.ts";
import { readCounters, resetComparison } from "../../shared/shadow/comparisons.ts";
import { comparisonsOf } from "../../shared/shadow/names.ts";
import { promoted } from "../../shared/shadow/promoted.ts";
import type { CourierMetrics } from "./metrics.ts";

export interface PromoterOptions {
  readonly redis: Redis;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: CourierMetrics;
}

const LOOK_MS = 2000;

/** Verdicts that may change traffic. */
const MOVING = ["better", "same", "worse"] as const;

/** Moves traffic of endpoints that say `promote: automatic` as the verdict on their shadow says. */
export class Promoter implements Service {
  readonly name = "promoter";
  readonly #options: PromoterOptions;
  readonly #rounds = new Every(LOOK_MS, async () => this.#look());
  readonly start = this.#rounds.start;
  readonly stop = this.#rounds.stop;
  #revision = -1;
  #automatic: readonly Endpoint[] = [];

  constructor(options: PromoterOptions) {
    this.#options = options;
  }

  async #look(): Promise<void> {
    try {
      await this.#refresh();
      for (const endpoint of this.#automatic) await this.#judge(endpoint);
    } catch (error) {
      this.#options.logger.warn({ reason: reasonOf(error) }, "traffic stays as it is");
    }
  }

  async #refresh(): Promise<void> {
    const { redis, logger } = this.#options;
    const revision = await endpointsRevision(redis);
    if (revision === this.#revision) return;
    const all = await readEndpoints(redis, (endpoint, error) =>
      logger.error({ endpoint, err: error }, "endpoint cannot be read"),
    );
    const isAutomatic = ({ definition }: Endpoint) => definition.compare.promote === "automatic";
    this.#automatic = [...all.values()].filter(isAutomatic);
    // Known from the first scrape on: an increase from nothing would not be seen as one.
    for (const endpoint of this.#automatic) {
      for (const verdict of MOVING)
        this.#options.metrics.own.promotions.inc({ endpoint: nameIn(endpoint), verdict }, 0);
    }
    this.#revision = revision;
  }

  /**
   * A step up begins to count anew, so that each has to be earned, and it begins before the endpoint is changed:
   * who dies in between has lost pairs, and no other courier takes the next step for the same ones.
   */
  async #judge(endpoint: Endpoint): Promise<void> {
    const { redis, clock, logger, metrics } = this.#options;
    const { name, definition: before } = endpoint;
    const [comparison] = comparisonsOf(endpoint);
    if (comparison === undefined) return;
    const { verdict, reasons } = comparisonOf(
      await readCounters(redis, comparison),
      before.compare,
    );
    const promotion = promoted(before, verdict);
    if (promotion === undefined) return;
    const { definition: after, from, to } = promotion;
    if (to > from) await resetComparison(redis, comparison);
    const put = {
      name,
      before: endpoint,
      definition: after,
      nowMs: clock.now(),
      token: randomUUID(),
    };
    if ((await putEndpoint(redis, put)) !== "done") return;
    metrics.own.promotions.inc({ endpoint: nameIn(endpoint), verdict });
    // As the gateway's audit lines, and why.
    const told = { audit: true, by: "courier", with: "verdict", of_tenant: null, endpoint: name };
    logger.info({ ...told, verdict, reasons, from, to, before, after }, "endpoint changed");
  }
}

/** What figures say of it. */
function nameIn({ name, definition }: Endpoint): string {
  return definition.metrics ? name : "";
}
