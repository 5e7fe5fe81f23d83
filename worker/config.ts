import { isAbsolute } from "node:path";
import { z } from "zod";
import { namesIn } from "../shared/model/wanted-versions.ts";
import { tracingSettings } from "../shared/tracing/settings.ts";
import { receiverSettings } from "../shared/webhook/receiver/settings.ts";
import { offerSettings } from "./score/offer-settings.ts";

/** Kept back from the grace period for handing back and closing, in ms. */
export const CLOSING_MS = 5000;

/** Settings of a worker process. Names are the environment variables. */
export const workerConfigSchema = z.object({
  WORKER_ROLE: z.enum(["score", "courier"]).default("score"),
  REDIS_URL: z.url({ protocol: /^rediss?$/ }).default("redis://127.0.0.1:6379"),
  MODELS_DIR: z.string().default("models"),
  WORKER_SLOTS: z.coerce.number().int().min(1).max(1024).optional(),
  RUNNER_MEMORY_MB: z.coerce.number().int().min(1).optional(),
  WORKER_MODELS: z.string().transform(namesIn).optional(),
  ...offerSettings,
  /** Read where a runner's environment is made: ONNX Runtime takes it from there. */
  TENSORRT_CACHE_FOLDER: z.string().refine(isAbsolute, "is not an absolute path").optional(),
  GPU_NODES_SHARE_MIN: z.coerce.number().min(0).max(1).default(0.9),
  OUTPUT_BYTES_MAX: z.coerce
    .number()
    .int()
    .min(1024)
    .default(16 * 1024 * 1024),
  LEASE_MS: z.coerce.number().int().min(1000).default(4000),
  HEALTH_PORT: z.coerce.number().int().min(0).max(65535).default(0),
  HEALTH_HOST: z.string().default("127.0.0.1"),
  BATCH_SINK_FOLDER: z.string().refine(isAbsolute, "is not an absolute path").optional(),
  CAPTURE_FOLDER: z.string().refine(isAbsolute, "is not an absolute path").optional(),
  ...receiverSettings,
  WEBHOOK_CONCURRENCY: z.coerce.number().int().min(1).max(1024).default(64),
  WEBHOOK_TIMEOUT_MS: z.coerce.number().int().min(100).max(60_000).default(15_000),
  WEBHOOK_TIME_SCALE: z.coerce.number().positive().max(1).default(1),
  ...tracingSettings,
  GRACE_MS: z.coerce.number().int().min(1000).default(25_000),
  LOG_LEVEL: z.enum(["trace", "debug", "info", "warn", "error", "fatal", "silent"]).default("info"),
});

export type WorkerConfig = z.infer<typeof workerConfigSchema>;

/** How long a stop may wait for what is going on, in ms. */
export function drainMsOf({ GRACE_MS }: WorkerConfig): number {
  return Math.max(0, GRACE_MS - CLOSING_MS);
}
