import type { Context } from "hono";
import { jsonAnswer } from "../answer/answers.ts";
import type { Health, Index, Readiness } from "../schema/place.ts";
import type { GatewayServices } from "../services.ts";

/** `GET /healthz`: this process turns its event loop. */
export function healthz(): Response {
  return jsonAnswer({ status: "ok" } satisfies Health);
}

/**
 * `GET /readyz`: requests may come: Redis answers, the gateway is not on its way out, and its
 * machine's clock is not far from Redis'.
 */
export function readyz(_c: Context, { isRedisReady, waiter, clock }: GatewayServices): Response {
  const checks = {
    redis: isRedisReady(),
    accepting: !waiter.isDraining,
    clock: clock.isUsable,
  };
  const isReady = Object.values(checks).every(Boolean);
  const status = isReady ? "ready" : "not ready";
  const body: Readiness = { status, checks, waiting: waiter.size, clock_skew_ms: clock.skewMs };
  return jsonAnswer(body, isReady ? 200 : 503);
}

/** Where things are. */
export const PLACES: Index = {
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
  return jsonAnswer(PLACES);
}
