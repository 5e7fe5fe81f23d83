import type { Context } from "hono";
import { jsonAnswer } from "../answer/answers.ts";
import type { GatewayServices } from "../services.ts";

/** `GET /healthz`: this process turns its event loop. */
export function healthz(): Response {
  return jsonAnswer({ status: "ok" });
}

/** `GET /readyz`: requests may come: Redis answers, and the gateway is not on its way out. */
export function readyz(_c: Context, { isRedisReady, waiter }: GatewayServices): Response {
  const checks = { redis: isRedisReady(), accepting: !waiter.isDraining };
  const isReady = Object.values(checks).every(Boolean);
  const status = isReady ? "ready" : "not ready";
  return jsonAnswer({ status, checks, waiting: waiter.size }, isReady ? 200 : 503);
}

/** `GET /`: where things are. */
export function index(): Response {
  const places = { models: "/v1/models", openapi: "/openapi.json", errors: "/docs/errors" };
  return jsonAnswer({ name: "scoreline", ...places, health: "/healthz", readiness: "/readyz" });
}
