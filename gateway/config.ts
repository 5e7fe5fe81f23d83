import { isAbsolute } from "node:path";
import { z } from "zod";
import type { Quota } from "../shared/job/quota.ts";
import type { BatchQuota } from "../shared/batch/batches.ts";
import { originSchema } from "../shared/origin.ts";
import { tracingSettings } from "../shared/tracing/settings.ts";
import { receiverSettings } from "../shared/webhook/receiver/settings.ts";
import { checkOidc, oidcSettings } from "./access/oidc-settings.ts";
import { BatchFolder } from "./batches/upload/folder.ts";
import type { BatchTerms } from "./batches/services.ts";
import type { LimitDefaults } from "./jobs/terms.ts";
import { dialectNames } from "./rooms.ts";

const GIB = 1024 ** 3;

const bytes = (amount: number) => z.coerce.number().int().min(1024).default(amount);

const absolutePath = z.string().refine(isAbsolute, "is not an absolute path");

/** `all`, `none`, or names with commas between. */
const dialectList = z.string().transform((text, context): readonly string[] => {
  if (text === "all") return dialectNames;
  if (text === "none") return [];
  const wanted = text.split(",").map((name) => name.trim());
  if (wanted.every((name) => dialectNames.includes(name))) return wanted;
  const known = dialectNames.join(", ");
  context.addIssue({ code: "custom", message: `must be all, none, or some of: ${known}` });
  return z.NEVER;
});

/** With commas between. */
const originList = z
  .string()
  .transform((text) => text.split(",").map((origin) => origin.trim()))
  .pipe(z.array(originSchema));

const settings = z.object({
  REDIS_URL: z.url({ protocol: /^rediss?$/ }).default("redis://127.0.0.1:6379"),
  HOST: z.string().default("127.0.0.1"),
  PORT: z.coerce.number().int().min(0).max(65535).default(8080),
  AUTH: z.enum(["keys", "off"]).default("keys"),
  ...oidcSettings,
  MODELS_DIR: z.string().default("models"),
  WAIT_DEFAULT_SECONDS: z.coerce.number().int().min(0).default(30),
  WAIT_MAX_SECONDS: z.coerce.number().int().min(0).default(60),
  DIALECTS: dialectList.prefault("all"),
  CORS_ORIGINS: originList.default([]),
  SCORE_MODEL: z.string().optional(),
  BODY_BYTES_MAX: bytes(32 * 1024 * 1024),
  BODIES_BYTES_MAX: bytes(256 * 1024 * 1024),
  BATCH_FOLDER: absolutePath.optional(),
  BATCH_SINK_FOLDER: absolutePath.optional(),
  BATCH_SINK_ITEMS: z.coerce.number().int().min(0).default(100_000),
  OUTSTANDING_MAX: z.coerce.number().int().min(1).default(100_000),
  OUTSTANDING_BYTES_MAX: bytes(4 * GIB),
  TENANT_OUTSTANDING_MAX: z.coerce.number().int().min(1).default(10_000),
  TENANT_OUTSTANDING_BYTES_MAX: bytes(1 * GIB),
  KEY_REQUESTS_PER_MINUTE: z.coerce.number().int().min(0).default(0),
  STRANGER_REQUESTS_PER_SECOND: z.coerce.number().int().min(0).default(50),
  REDIS_MEMORY_SHARE_MAX: z.coerce.number().min(0.1).max(1).default(0.8),
  START_TIMEOUT_MS: z.coerce.number().int().min(1).default(600_000),
  ATTEMPT_TIMEOUT_MS: z.coerce.number().int().min(1).default(60_000),
  TOTAL_TIMEOUT_MS: z.coerce.number().int().min(1).default(3_600_000),
  BULK_TIMEOUT_MS: z.coerce.number().int().min(1).default(86_400_000),
  BATCH_WINDOW_MS: z.coerce.number().int().min(1000).default(86_400_000),
  BATCH_RETENTION_MS: z.coerce.number().int().min(1000).default(86_400_000),
  BATCH_ITEMS_MAX: z.coerce.number().int().min(1).default(5_000_000),
  BATCH_JSON_ITEMS_MAX: z.coerce.number().int().min(1).default(10_000),
  TENANT_BATCHES_MAX: z.coerce.number().int().min(1).default(10),
  RETENTION_MS: z.coerce.number().int().min(1000).default(3_600_000),
  ...receiverSettings,
  ...tracingSettings,
  GRACE_MS: z.coerce.number().int().min(1000).default(25_000),
  SCORELINE_BUILD: z.string().optional(),
  LOG_LEVEL: z.enum(["trace", "debug", "info", "warn", "error", "fatal", "silent"]).default("info"),
});

/** Settings of a gateway process. Names are the environment variables. */
export const gatewayConfigSchema = settings.superRefine(checkOidc);

export type GatewayConfig = z.infer<typeof gatewayConfigSchema>;

export function quotaOf(config: GatewayConfig): Quota {
  return {
    laneJobs: config.OUTSTANDING_MAX,
    laneBytes: config.OUTSTANDING_BYTES_MAX,
    tenantJobs: config.TENANT_OUTSTANDING_MAX,
    tenantBytes: config.TENANT_OUTSTANDING_BYTES_MAX,
  };
}

export function limitDefaultsOf(config: GatewayConfig): LimitDefaults {
  return {
    startMs: config.START_TIMEOUT_MS,
    attemptMs: config.ATTEMPT_TIMEOUT_MS,
    totalMs: config.TOTAL_TIMEOUT_MS,
    bulkTotalMs: config.BULK_TIMEOUT_MS,
    retentionMs: config.RETENTION_MS,
  };
}

export function batchQuotaOf(config: GatewayConfig): BatchQuota {
  const { laneBytes, tenantBytes } = quotaOf(config);
  return {
    bytes: { laneBytes, tenantBytes },
    tenantBatches: config.TENANT_BATCHES_MAX,
    items: config.BATCH_ITEMS_MAX,
  };
}

export function batchTermsOf(config: GatewayConfig): BatchTerms {
  return {
    windowMs: config.BATCH_WINDOW_MS,
    retentionMs: config.BATCH_RETENTION_MS,
    jsonItemsMax: config.BATCH_JSON_ITEMS_MAX,
    folder: config.BATCH_FOLDER === undefined ? undefined : new BatchFolder(config.BATCH_FOLDER),
    sinkAbove: config.BATCH_SINK_FOLDER === undefined ? undefined : config.BATCH_SINK_ITEMS,
  };
}
