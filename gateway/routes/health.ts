import type { Context } from "hono";
import { jsonAnswer } from "../answer/answers.ts";
import type { Health, Index, Readiness } from "../schema/place.ts";
import type { GatewayServices } from "../services.ts";

/** `GET /healthz`: this process turns its event loop. */
export function healthz(): Response {
  return jsonAnswer({ status: "ok" } satisfies Health);
}

/** `GET /readyz`: requests may come: Redis answers, and the gateway is not on its way out. */
export function readyz(_c: Context, { isRedisReady, waiter }: GatewayServices): Response {
  const checks = { redis: isRedisReady(), accepting: !waiter.isDraining };
  const isReady = Object.values(checks).every(Boolean);
  const status = isReady ? "ready" : "not ready";
  const body: Readiness = { status, checks, waiting: waiter.size };
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
