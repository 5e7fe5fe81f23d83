import type { Logger } from "../shared/log.ts";
import type { Redis } from "../shared/redis/connection.ts";
import type { RedisClock } from "../shared/redis/redis-clock.ts";
import type { Service } from "../shared/service.ts";
import type { Tracer } from "../shared/tracing/tracer.ts";
import type { WorkerConfig } from "./config.ts";
import type { RunnersOfWorker } from "./score/first-runner.ts";

/** What a role is made of. */
export interface Parts {
  readonly config: WorkerConfig;
  readonly redis: Redis;
  /** A worker's second connection; a courier's is not connected. */
  readonly subscriber: Redis;
  readonly clock: RedisClock;
  readonly logger: Logger;
  /** What records spans; the owner starts and stops it. */
  readonly tracer: Tracer | undefined;
  readonly runners: RunnersOfWorker;
}

export interface RoleOfWorker {
  /** What begins before Redis is there. */
  readonly first?: readonly Service[];
  /** In order of start, with Redis there. */
  readonly services: readonly Service[];
  readonly metrics: () => Promise<string>;
}
