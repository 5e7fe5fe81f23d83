import { randomBytes } from "node:crypto";
import { resolve } from "node:path";
import { parseConfig } from "../shared/config.ts";
import { createLogger, type Logger } from "../shared/log.ts";
import { warnOfMisspelt } from "../shared/misspelt.ts";
import { importBullmq } from "../shared/lane/shifts.ts";
import { RegistryWatch } from "../shared/model/registry-watch.ts";
import { ConnectionGroup } from "../shared/redis/connection-group.ts";
import { LastErrors } from "../shared/process/last-errors.ts";
import { Presence } from "../shared/process/presence.ts";
import { checkLayout } from "../shared/pack/layout.ts";
import { connectForLoops, connectForRequests, RedisService } from "../shared/redis/connection.ts";
import { RedisClock } from "../shared/redis/redis-clock.ts";
import { endUnstarted, runUntilSignal } from "../shared/run-until-signal.ts";
import type { Signals } from "../shared/signals.ts";
import { tracerOf } from "../shared/tracing/tracer.ts";
import { gatewayConfigSchema } from "./config.ts";
import { GatewayService } from "./gateway-service.ts";

/** Runs a gateway until a signal; what an operator can mend is said in a sentence. */
export async function runGateway(environment: NodeJS.ProcessEnv, signals: Signals): Promise<void> {
  try {
    await run(environment, signals);
  } catch (error) {
    endUnstarted("gateway", error);
  }
}

async function run(environment: NodeJS.ProcessEnv, signals: Signals): Promise<void> {
  const config = parseConfig(gatewayConfigSchema, environment);
  const errors = new LastErrors();
  const logger: Logger = createLogger("gateway", config.LOG_LEVEL, errors.note);
  warnOfMisspelt(environment, Object.keys(gatewayConfigSchema.shape), logger);
  // So that no job that needs a shift waits for it. And before Redis is asked for anything: while code
  // is loaded no answer is read, on a busy machine for longer than a request waits for one.
  await importBullmq();
  const models = new RegistryWatch(resolve(config.MODELS_DIR), logger);
  const redis = { url: config.REDIS_URL, logger, group: new ConnectionGroup(logger) };
  const requests = connectForRequests({ ...redis, name: "gateway" });
  const subscriber = connectForLoops({ ...redis, name: "gateway-settled" });
  const clock = new RedisClock(requests, logger);
  const tracer = await tracerOf({ role: "gateway", config, clock, logger });
  const gateway = new GatewayService({
    config,
    logger,
    models,
    requests,
    subscriber,
    clock,
    tracer,
    id: randomBytes(6).toString("hex"),
  });
  const services = [
    ...(tracer === undefined ? [] : [tracer]),
    new RedisService([requests, subscriber], logger, checkLayout),
    clock,
    new Presence({ role: "gateway", redis: requests, clock, errors, logger }),
    gateway,
    models,
  ];
  await runUntilSignal({ services, logger, signals, graceMs: config.GRACE_MS });
}
