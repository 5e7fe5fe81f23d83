import type { CaptureRules } from "../../../shared/endpoint/capture.ts";
import { endpointsRevision, readEndpoints } from "../../../shared/endpoint/endpoints.ts";
import type { Logger } from "../../../shared/log.ts";
import type { Redis } from "../../../shared/redis/connection.ts";
import type { Redaction } from "./redact.ts";

export interface EndpointRules {
  readonly days: number;
  readonly redaction: Redaction;
}

/** What endpoints say of what is captured, as it was when they were last asked. */
export class RulesView {
  readonly #redis: Redis;
  readonly #logger: Logger;
  #revision = -1;
  #rules: ReadonlyMap<string, EndpointRules> = new Map();

  constructor(redis: Redis, logger: Logger) {
    this.#redis = redis;
    this.#logger = logger;
  }

  async refresh(): Promise<void> {
    const revision = await endpointsRevision(this.#redis);
    if (revision === this.#revision) return;
    const all = await readEndpoints(this.#redis, (endpoint, error) =>
      this.#logger.error({ endpoint, err: error }, "endpoint cannot be read"),
    );
    const capturing = [...all].flatMap(([name, { definition, salt }]) =>
      definition.capture === null ? [] : [[name, rulesOf(definition.capture, salt)] as const],
    );
    this.#rules = new Map(capturing);
    this.#revision = revision;
  }

  /** @returns undefined when there is no such endpoint, or it captures nothing any more */
  find(endpoint: string): EndpointRules | undefined {
    return this.#rules.get(endpoint);
  }
}

function rulesOf({ days, drop, hash }: CaptureRules, salt: string): EndpointRules {
  return { days, redaction: { drop, hash, salt } };
}
