import { parseConfig } from "../shared/config.ts";
import { createLogger } from "../shared/log.ts";
import { warnOfMisspelt } from "../shared/misspelt.ts";
import { LastErrors } from "../shared/process/last-errors.ts";
import { Presence } from "../shared/process/presence.ts";
import { checkLayout } from "../shared/pack/layout.ts";
import { ConnectionGroup } from "../shared/redis/connection-group.ts";
import { connectForLoops, RedisService } from "../shared/redis/connection.ts";
import { RedisClock } from "../shared/redis/redis-clock.ts";
import { endUnstarted, runUntilSignal } from "../shared/run-until-signal.ts";
import type { Signals } from "../shared/signals.ts";
import { tracerOf } from "../shared/tracing/tracer.ts";
import { workerConfigSchema } from "./config.ts";
import { HealthServer } from "./health.ts";
import type { Parts, RoleOfWorker } from "./role.ts";
import type { RunnersOfWorker } from "./score/first-runner.ts";

/** Runs a worker or a courier until a signal; what an operator can mend is said in a sentence. */
export async function runWorker(
  environment: NodeJS.ProcessEnv,
  signals: Signals,
  runners: RunnersOfWorker,
): Promise<void> {
  try {
    await run(environment, signals, runners);
  } catch (error) {
    endUnstarted("worker", error);
  }
}

async function run(
  environment: NodeJS.ProcessEnv,
  signals: Signals,
  runners: RunnersOfWorker,
): Promise<void> {
  const config = parseConfig(workerConfigSchema, environment);
  const role = config.WORKER_ROLE === "score" ? "worker" : "courier";
  const errors = new LastErrors();
  const logger = createLogger(role, config.LOG_LEVEL, errors.note);
  warnOfMisspelt(environment, Object.keys(workerConfigSchema.shape), logger);
  const common = { url: config.REDIS_URL, logger, group: new ConnectionGroup(logger) };
  const redis = connectForLoops({ ...common, name: role });
  const subscriber = connectForLoops({ ...common, name: `${role}-wakes` });
  const connections = role === "worker" ? [redis, subscriber] : [redis];
  const connection = new RedisService(connections, logger, checkLayout);
  // Goes on during the imports that follow; whoever starts it again is told how that ended.
  connection.start().catch(() => {});
  const clock = new RedisClock(redis, logger);
  const tracer = await tracerOf({ role, config, clock, logger });
  const parts = { config, redis, subscriber, clock, logger, tracer, runners };
  const { first = [], services, metrics } = await roleOf(parts);
  const health = new HealthServer({
    host: config.HEALTH_HOST,
    port: config.HEALTH_PORT,
    redis,
    clock,
    logger,
    metrics,
  });
  const recording = tracer === undefined ? [] : [tracer];
  const presence = new Presence({ role, redis, clock, errors, logger });
  const ground = [health, ...recording, ...first, connection, clock, presence];
  const all = [...ground, ...services, health.readiness];
  await runUntilSignal({ services: all, logger, signals, graceMs: config.GRACE_MS });
}

async function roleOf(parts: Parts): Promise<RoleOfWorker> {
  if (parts.config.WORKER_ROLE === "courier") {
    const { courier } = await import("./courier-role.ts");
    return courier(parts);
  }
  const { scoring } = await import("./score-role.ts");
  return scoring(parts);
}
