import { z } from "zod";
import { jsonAnswer } from "../http/answers.ts";
import type { RedisClock } from "../../shared/redis/redis-clock.ts";
import type { Handler } from "../http/openapi/operation.ts";
import type { DataSetWatch } from "./data-set-watch.ts";

/** That the process lives. */
export const healthSchema = z.strictObject({ status: z.literal("ok") });

export type Health = z.infer<typeof healthSchema>;

/** Whether it is ready for requests, and if not, why. */
export const readinessSchema = z.strictObject({
  status: z.enum(["ready", "not ready"]),
  checks: z.strictObject({
    redis: z.boolean().describe("Redis is connected."),
    writable: z.boolean().describe("Redis accepts writes."),
    data: z.boolean().describe("Redis has not lost its data, or has access keys again."),
    accepting: z.boolean().describe("The gateway is not shutting down."),
    clock: z.boolean().describe("The machine's clock is within 10 minutes of Redis's."),
  }),
  reason: z.string().optional().describe("What is wrong and how to fix it, if anything is."),
  waiting: z.int().min(0).describe("Jobs that requests to this gateway wait for."),
  clock_skew_ms: z
    .int()
    .describe("How far the machine's clock is ahead of Redis's, which is the one that counts."),
});

export type Readiness = z.infer<typeof readinessSchema>;

export interface HealthServices {
  readonly clock: RedisClock;
  readonly dataSet: DataSetWatch;
  /** Whether Redis answers, as of a moment ago. */
  readonly isRedisReady: () => boolean;
  /** Of jobs. */
  readonly waiter: { readonly size: number; readonly isDraining: boolean };
}

/** `GET /healthz`: this process turns its event loop. */
export function healthz(): Response {
  return jsonAnswer({ status: "ok" } satisfies Health);
}

type Check = keyof Readiness["checks"];

/** In the order in which they are told: one may fail because of the one before. */
const CHECKS: readonly Check[] = ["accepting", "redis", "writable", "data", "clock"];

/** What a check that fails means, and what helps. */
export const REASONS: Readonly<Record<Check, string>> = {
  accepting: "This gateway is shutting down.",
  redis: "Redis is not connected.",
  writable: "Redis rejected the last write: it is a replica, is starting, or cannot save.",
  data:
    "Redis lost its data, and with it all access keys: no request is authorized until a new key exists. " +
    "See docs/operations.md, When Redis lost its data.",
  clock: "This machine's clock differs from Redis's by 10 minutes or more.",
};

/**
 * `GET /readyz`: requests may come: Redis answers and takes writes, somebody can get in, the
 * gateway is not on its way out, and its machine's clock is not far from Redis'.
 */
export const readyz: Handler<HealthServices> = (_c, { isRedisReady, dataSet, waiter, clock }) => {
  const checks: Readiness["checks"] = {
    redis: isRedisReady(),
    writable: dataSet.isWritable,
    data: !dataSet.isLockedOut,
    accepting: !waiter.isDraining,
    clock: clock.isUsable,
  };
  const failed = CHECKS.find((check) => !checks[check]);
  const reason = failed && REASONS[failed];
  const status = reason === undefined ? "ready" : "not ready";
  const more = { waiting: waiter.size, clock_skew_ms: clock.skewMs };
  const body: Readiness = { status, checks, ...(reason && { reason }), ...more };
  return jsonAnswer(body, reason === undefined ? 200 : 503);
};
