import { z } from "zod";

/** Settings of a gateway process. Names are the environment variables. */
export const gatewayConfigSchema = z.object({
  REDIS_URL: z.string().default("redis://127.0.0.1:6379"),
  HOST: z.string().default("127.0.0.1"),
  PORT: z.coerce.number().int().min(0).max(65535).default(8080),
  AUTH: z.enum(["keys", "off"]).default("keys"),
  MODELS_DIR: z.string().default("models"),
  WAIT_DEFAULT_SECONDS: z.coerce.number().int().min(0).default(30),
  WAIT_MAX_SECONDS: z.coerce.number().int().min(0).default(60),
  BODY_BYTES_MAX: z.coerce
    .number()
    .int()
    .min(1024)
    .default(32 * 1024 * 1024),
  OUTSTANDING_MAX: z.coerce.number().int().min(1).default(100_000),
  GRACE_MS: z.coerce.number().int().min(1000).default(25_000),
  LOG_LEVEL: z.enum(["trace", "debug", "info", "warn", "error", "fatal", "silent"]).default("info"),
});

export type GatewayConfig = z.infer<typeof gatewayConfigSchema>;
