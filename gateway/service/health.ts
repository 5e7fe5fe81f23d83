import { jsonAnswer } from "../http/answers.ts";
import type { Health, Index, Readiness } from "./schema.ts";
import type { RedisClock } from "../../shared/redis/redis-clock.ts";
import type { DataSetWatch } from "./data-set-watch.ts";
import type { Handler } from "../http/openapi/operation.ts";

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

/** Where things are. */
export const INDEX: Index = {
  name: "scoreline",
  models: "/v1/models",
  openapi: "/openapi.json",
  docs: "/docs",
  errors: "/docs/errors",
  health: "/healthz",
  readiness: "/readyz",
  metrics: "/metrics",
};

/** `GET /` */
export function index(): Response {
  return jsonAnswer(INDEX);
}
