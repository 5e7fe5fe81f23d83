import { randomUUID } from "node:crypto";
import { resolve } from "node:path";
import type { Logger } from "../shared/log.ts";
import type { ModelVersion, Registry } from "../shared/model/registry.ts";
import { RegistryWatch } from "../shared/model/registry-watch.ts";
import { namedOf } from "../shared/model/wanted-versions.ts";
import { drainMsOf } from "./config.ts";
import type { Parts, RoleOfWorker } from "./role.ts";
import { WorkerMetrics } from "./score/metrics.ts";
import { cpuLimit } from "./score/cpu-limit.ts";
import { chooseProvider, gpuCount, type Offer } from "./score/execution-provider.ts";
import { Heartbeat } from "./score/heartbeat.ts";
import { JobSpans } from "./score/job-spans.ts";
import { Placements } from "./score/placements.ts";
import { proveOffer } from "./score/prove-offer.ts";
import { ScoreWorker } from "./score/score-worker.ts";

const MIB = 1024 * 1024;
/** While a GPU runs a batch the next is decoded: more in hand would only wait here, and not elsewhere. */
const GPU_DEPTH = 2;

/** Scores: the models, the slots that run them, and the sign of life that tells of both. */
export async function scoring({
  config,
  redis,
  subscriber,
  clock,
  logger,
  tracer,
  runners,
}: Parts): Promise<RoleOfWorker> {
  const models = new RegistryWatch(resolve(config.MODELS_DIR), logger);
  for (const name of config.WORKER_MODELS ?? []) models.registry.resolve(name);
  const offer = { providers: config.EXECUTION_PROVIDERS, devices: config.CUDA_DEVICES };
  const devices = await proveOffer(offer, { logger, environment: runners.environment });
  const served = (registry: Registry): readonly ModelVersion[] =>
    runnableOf(namedOf(registry.versions, config.WORKER_MODELS), offer, logger);
  const versions = served(models.registry);
  const providers = config.EXECUTION_PROVIDERS;
  logger.info({ models: versions.map(({ id }) => id), providers }, "serving");
  const metrics = new WorkerMetrics();
  metrics.showGpus(devices);
  const shareMin = config.GPU_NODES_SHARE_MIN;
  const slots = config.WORKER_SLOTS ?? (gpuCount(offer) || cpuLimit());
  const worker = new ScoreWorker({
    versions,
    redis,
    subscriber,
    clock,
    logger,
    metrics,
    spans: tracer && new JobSpans(tracer),
    capacity: {
      count: slots,
      depth: gpuCount(offer) > 0 ? GPU_DEPTH : 1,
      ...runners,
      memoryBytes: config.RUNNER_MEMORY_MB && config.RUNNER_MEMORY_MB * MIB,
      offer,
    },
    placements: new Placements({ devices, shareMin, logger }),
    outputBytesMax: config.OUTPUT_BYTES_MAX,
    leaseMs: config.LEASE_MS,
    drainMs: drainMsOf(config),
  });
  models.onChange((registry) => void worker.follow(served(registry)));
  const heartbeat = new Heartbeat({
    redis,
    clock,
    worker: randomUUID(),
    tell: () => ({ ...worker.tell(), slots }),
    logger,
  });
  return {
    first: [worker.loading],
    services: [heartbeat, worker, models],
    metrics: async () => {
      metrics.show(worker.load());
      metrics.showClock(clock);
      metrics.showRedis(redis.status === "ready");
      return metrics.text();
    },
  };
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
