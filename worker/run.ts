import { randomUUID } from "node:crypto";
import { resolve } from "node:path";
import { ResultFolder } from "../shared/batch/result-folder.ts";
import { ConfigError, parseConfig } from "../shared/config.ts";
import { ScoringError } from "../shared/error.ts";
import { createLogger, type Logger } from "../shared/log.ts";
import { RegistryError, type ModelVersion, type Registry } from "../shared/model/registry.ts";
import { RegistryWatch } from "../shared/model/registry-watch.ts";
import { Shifts } from "../shared/lane/shifts.ts";
import { readPending } from "../shared/webhook/deliveries.ts";
import { checkLayout } from "../shared/pack/layout.ts";
import { ConnectionGroup } from "../shared/redis/connection-group.ts";
import { connectForLoops, RedisService, type Redis } from "../shared/redis/connection.ts";
import { RedisClock } from "../shared/redis/redis-clock.ts";
import { endUnstarted, runUntilSignal } from "../shared/run-until-signal.ts";
import type { Service } from "../shared/service.ts";
import type { Signals } from "../shared/signals.ts";
import { receiverPolicy } from "../shared/webhook/receiver/settings.ts";
import { CLOSING_MS, workerConfigSchema, type WorkerConfig } from "./config.ts";
import { Deliverer } from "./courier/deliver.ts";
import { Janitor } from "./courier/janitor.ts";
import { CourierMetrics } from "./courier/metrics.ts";
import { Sinker } from "./courier/sinker.ts";
import { HealthServer } from "./health.ts";
import { WorkerMetrics } from "./score/metrics.ts";
import { cpuLimit } from "./score/cpu-limit.ts";
import { chooseProvider, devicesOf, type Offer } from "./score/execution-provider.ts";
import { Heartbeat } from "./score/heartbeat.ts";
import { OfferError, proveOffer } from "./score/prove-offer.ts";
import { runnerEnvironment, type RunnerEnvironment } from "./score/runner-environment.ts";
import { ScoreWorker } from "./score/score-worker.ts";

const MIB = 1024 * 1024;

/** Runs a worker or a courier until a signal; what an operator can mend is said in a sentence. */
export async function runWorker(environment: NodeJS.ProcessEnv, signals: Signals): Promise<void> {
  try {
    await run(environment, signals);
  } catch (error) {
    endUnstarted("worker", error, [ConfigError, RegistryError, OfferError, ScoringError]);
  }
}

async function run(environment: NodeJS.ProcessEnv, signals: Signals): Promise<void> {
  const config = parseConfig(workerConfigSchema, environment);
  const role = config.WORKER_ROLE === "score" ? "worker" : "courier";
  const logger = createLogger(role, config.LOG_LEVEL);
  const connection = { url: config.REDIS_URL, logger, group: new ConnectionGroup(logger) };
  const redis = connectForLoops({ ...connection, name: role });
  const clock = new RedisClock(redis, logger);
  const forRunners = runnerEnvironment(environment);
  const parts = { config, redis, clock, logger, forRunners };
  const subscriber = connectForLoops({ ...connection, name: `${role}-wakes` });
  const { services, metrics, connections } =
    config.WORKER_ROLE === "score" ? await scoring({ ...parts, subscriber }) : courier(parts);
  const health = new HealthServer({
    host: config.HEALTH_HOST,
    port: config.HEALTH_PORT,
    redis,
    clock,
    logger,
    metrics,
  });
  const all = [
    health,
    new RedisService(connections, logger, checkLayout),
    clock,
    ...services,
    health.readiness,
  ];
  await runUntilSignal({ services: all, logger, signals, graceMs: config.GRACE_MS });
}

interface Parts {
  readonly config: WorkerConfig;
  readonly redis: Redis;
  readonly clock: RedisClock;
  readonly logger: Logger;
  readonly forRunners: RunnerEnvironment;
}

interface RoleOfWorker {
  readonly connections: readonly Redis[];
  /** In order of start. */
  readonly services: readonly Service[];
  readonly metrics: () => Promise<string>;
}

async function scoring(parts: Parts & { readonly subscriber: Redis }): Promise<RoleOfWorker> {
  const { config, redis, subscriber, clock, logger, forRunners: environment } = parts;
  const models = new RegistryWatch(resolve(config.MODELS_DIR), logger);
  for (const name of config.WORKER_MODELS ?? []) models.registry.resolve(name);
  const offer = { providers: config.EXECUTION_PROVIDERS, devices: config.CUDA_DEVICES };
  await proveOffer(offer, { logger, environment });
  const served = (registry: Registry): readonly ModelVersion[] =>
    runnableOf(namedOf(registry, config), offer, logger);
  const versions = served(models.registry);
  const providers = config.EXECUTION_PROVIDERS;
  logger.info({ models: versions.map(({ id }) => id), providers }, "serving");
  const metrics = new WorkerMetrics();
  const worker = new ScoreWorker({
    versions,
    redis,
    subscriber,
    clock,
    logger,
    metrics,
    capacity: {
      count: config.WORKER_SLOTS ?? (devicesOf(offer).length || cpuLimit()),
      environment,
      memoryBytes: config.RUNNER_MEMORY_MB && config.RUNNER_MEMORY_MB * MIB,
      offer,
    },
    outputBytesMax: config.OUTPUT_BYTES_MAX,
    leaseMs: config.LEASE_MS,
    drainMs: drainMsOf(config),
  });
  models.onChange((registry) => void worker.follow(served(registry)));
  const heartbeat = new Heartbeat({
    redis,
    clock,
    worker: randomUUID(),
    states: () => worker.states(),
    logger,
  });
  return {
    connections: [redis, subscriber],
    services: [heartbeat, worker, models],
    metrics: async () => {
      metrics.show(worker.load());
      metrics.showClock(clock);
      metrics.showRedis(redis.status === "ready");
      return metrics.text();
    },
  };
}

function courier({ config, redis, clock, logger }: Parts): RoleOfWorker {
  const common = { redis, clock, logger };
  const metrics = new CourierMetrics();
  const shifts = new Shifts(redis);
  const folder = new ResultFolder(config.BATCH_SINK_FOLDER, logger);
  const deliverer = new Deliverer({
    ...common,
    folder,
    policy: receiverPolicy(config),
    timeoutMs: config.WEBHOOK_TIMEOUT_MS,
    timeScale: config.WEBHOOK_TIME_SCALE,
    metrics,
    concurrency: config.WEBHOOK_CONCURRENCY,
    drainMs: drainMsOf(config),
  });
  const janitor = new Janitor({ ...common, shifts, metrics });
  const sinkers = config.BATCH_SINK_FOLDER === undefined ? [] : [new Sinker({ ...common, folder })];
  return {
    connections: [redis],
    services: [janitor, ...sinkers, deliverer],
    metrics: async () => {
      metrics.showRedis(redis.status === "ready");
      metrics.showClock(clock);
      metrics.show(await readPending(redis, clock.now()));
      return metrics.text();
    },
  };
}

function drainMsOf({ GRACE_MS }: WorkerConfig): number {
  return Math.max(0, GRACE_MS - CLOSING_MS);
}

/** All models, or those that `WORKER_MODELS` names: `name` for all its versions, `name@version`. */
function namedOf(registry: Registry, { WORKER_MODELS }: WorkerConfig): readonly ModelVersion[] {
  if (WORKER_MODELS === undefined) return registry.versions;
  return registry.versions.filter(
    ({ id, name }) => WORKER_MODELS.includes(id) || WORKER_MODELS.includes(name),
  );
}

/** Those that can be run on what is offered; the rest are for other workers, and wait for one. */
function runnableOf(
  versions: readonly ModelVersion[],
  offer: Offer,
  logger: Logger,
): readonly ModelVersion[] {
  const isRunnable = ({ manifest }: ModelVersion): boolean =>
    chooseProvider(manifest.execution_providers, offer) !== undefined;
  const left = versions.filter((version) => !isRunnable(version)).map(({ id }) => id);
  if (left.length > 0) logger.info({ models: left }, "left to other workers");
  return versions.filter(isRunnable);
}
