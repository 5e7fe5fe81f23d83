import type { MiddlewareHandler } from "hono";
import { routePath } from "hono/route";
import type { GatewayMetrics } from "./metrics.ts";

/** The label of requests to no route, and of methods that no route has. */
const OTHER = "other";
const LAST = -1;

interface Route {
  readonly method: string;
  /** As OpenAPI writes it. */
  readonly path: string;
}

/** Counts and times every request that is HTTP, by its route. */
export function measure(metrics: GatewayMetrics, routes: readonly Route[]): MiddlewareHandler {
  const labels = new Map(routes.map(({ path }) => [honoPath(path), path]));
  const methods = methodsOf(routes);
  return async (c, next) => {
    const startMs = performance.now();
    await next();
    metrics.requestAnswered({
      route: labels.get(routePath(c, LAST)) ?? OTHER,
      method: methods.has(c.req.method) ? c.req.method : OTHER,
      status: c.res.status,
      seconds: (performance.now() - startMs) / 1000,
    });
  };
}

/** Those that some route has; Hono answers HEAD where there is a GET. */
export function methodsOf(routes: readonly Route[]): ReadonlySet<string> {
  return new Set(["HEAD", ...routes.map(({ method }) => method)]);
}

/** @param path as OpenAPI writes it: `/v1/jobs/{id}` @returns as Hono does: `/v1/jobs/:id` */
export function honoPath(path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, ":$1");
}
