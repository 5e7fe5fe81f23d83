import {
  endpointsRevision,
  readEndpoints,
  type Endpoint,
} from "../../shared/endpoint/endpoints.ts";
import type { Logger } from "../../shared/log.ts";
import type { Redis } from "../../shared/redis/connection.ts";
import { Every, type Service } from "../../shared/service.ts";

const LOOK_MS = 1000;

/**
 * All endpoints, a second old at most: no request waits for them. While Redis is away the last view
 * stands.
 */
export class EndpointView implements Service {
  readonly name = "endpoint view";
  readonly #redis: Redis;
  readonly #logger: Logger;
  #all: ReadonlyMap<string, Endpoint> = new Map();
  #revision = -1;
  readonly #looks = new Every(LOOK_MS, async () => this.#look());
  readonly start = async (): Promise<void> => this.#looks.start(async () => this.#look());
  readonly stop = this.#looks.stop;

  constructor(redis: Redis, logger: Logger) {
    this.#redis = redis;
    this.#logger = logger;
  }

  find(name: string): Endpoint | undefined {
    return this.#all.get(name);
  }

  /** Whether pages of the origin may call an endpoint from a browser; any of them, when none is named. */
  mayRead(origin: string, name: string | undefined): boolean {
    const named = name === undefined ? this.#all.values() : [this.#all.get(name)];
    for (const endpoint of named) {
      const origins = endpoint?.definition.cors.origins ?? [];
      if (origins.includes("*") || origins.includes(origin)) return true;
    }
    return false;
  }

  /** By name. */
  get all(): readonly Endpoint[] {
    return [...this.#all.values()];
  }

  /** As they are now. @throws what Redis throws */
  async refresh(): Promise<void> {
    const revision = await endpointsRevision(this.#redis);
    if (revision === this.#revision) return;
    this.#all = await readEndpoints(this.#redis, (endpoint, error) =>
      this.#logger.error({ endpoint, err: error }, "endpoint cannot be read"),
    );
    // One that comes while they are read is seen by the next look.
    this.#revision = revision;
  }

  async #look(): Promise<void> {
    try {
      await this.refresh();
    } catch (error) {
      this.#logger.debug({ err: error }, "endpoint view");
    }
  }
}
