import { readCaptureState } from "../shared/capture/captures.ts";
import { ResultFolder } from "../shared/batch/result-folder.ts";
import { importBullmq, Shifts } from "../shared/lane/shifts.ts";
import { RegistryWatch } from "../shared/model/registry-watch.ts";
import type { Service } from "../shared/service.ts";
import { readPending } from "../shared/webhook/deliveries.ts";
import { receiverPolicy } from "../shared/webhook/receiver/settings.ts";
import { drainMsOf } from "./config.ts";
import { Comparer } from "./courier/comparer.ts";
import { Capturer } from "./courier/capture/capturer.ts";
import { CaptureFolder } from "./courier/capture/folder.ts";
import { Deliverer } from "./courier/deliver.ts";
import { Janitor } from "./courier/janitor.ts";
import { CourierMetrics } from "./courier/metrics.ts";
import { Promoter } from "./courier/promoter.ts";
import { Replayer } from "./courier/replayer.ts";
import { Sinker } from "./courier/sinker.ts";
import { readVerdicts } from "./courier/verdicts.ts";
import type { Parts, RoleOfWorker } from "./role.ts";

/** Repairs, and delivers webhooks. */
export async function courier(parts: Parts): Promise<RoleOfWorker> {
  // Now, so that no repair waits for it.
  await importBullmq();
  const { config, redis, clock, logger, tracer } = parts;
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
    tracer,
    concurrency: config.WEBHOOK_CONCURRENCY,
    drainMs: drainMsOf(config),
  });
  const janitor = new Janitor({ ...common, shifts, metrics });
  const sinkers = config.BATCH_SINK_FOLDER === undefined ? [] : [new Sinker({ ...common, folder })];
  return {
    services: [
      janitor,
      ...sinkers,
      ...capturing(parts),
      new Comparer({ redis, logger, metrics }),
      new Replayer({ redis, shifts, folder, logger }),
      new Promoter({ ...common, metrics }),
      deliverer,
    ],
    metrics: async () => {
      metrics.showRedis(redis.status === "ready");
      metrics.showClock(clock);
      metrics.show(await readPending(redis, clock.now()));
      metrics.showVerdicts(await readVerdicts(redis));
      metrics.showCapture(await readCaptureState(redis));
      return metrics.text();
    },
  };
}

/** Without a folder it needs no models, and writes down nothing. */
function capturing({ config, redis, clock, logger }: Parts): readonly Service[] {
  const { CAPTURE_FOLDER: top, MODELS_DIR: models } = config;
  if (top === undefined) return [];
  const watch = new RegistryWatch(models, logger);
  const folder = new CaptureFolder(top);
  return [watch, new Capturer({ redis, clock, logger, folder, models: watch })];
}
