import type { Context, Hono, MiddlewareHandler } from "hono";
import { routePath } from "hono/route";
import type { GatewayServices } from "../services.ts";

/** Where Hono says that it stands for no method of its own. */
const ANY_METHOD = "ALL";
const LAST = -1;

/** Counts and times every request that is HTTP, by its route. */
export function measure(services: GatewayServices): MiddlewareHandler {
  return async (c, next) => {
    const startMs = performance.now();
    await next();
    services.metrics.requestAnswered({
      route: routeOf(c),
      method: c.req.method,
      status: c.res.status,
      seconds: (performance.now() - startMs) / 1000,
    });
  };
}

/** The routes of an app without what is around them. */
export function routesOf(app: Hono): readonly { readonly method: string; readonly path: string }[] {
  return app.routes.filter(({ method }) => method !== ANY_METHOD);
}

/** @param path as Hono writes it: `/v1/jobs/:id` @returns as OpenAPI does: `/v1/jobs/{id}` */
export function openapiPath(path: string): string {
  return path.replaceAll(/:(\w+)/g, "{$1}");
}

/** @returns undefined when nothing but this middleware took the request */
function routeOf(c: Context): string | undefined {
  const path = routePath(c, LAST);
  const known = paths.get(path);
  if (known !== undefined || path.includes("*")) return known;
  const route = openapiPath(path);
  paths.set(path, route);
  return route;
}

/** As many as there are routes. */
const paths = new Map<string, string>();
