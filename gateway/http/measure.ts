import type { Context } from "hono";
import type { GatewayMetrics } from "./metrics.ts";

/** The label of requests to no route, and of methods that no route has. */
const OTHER = "other";

interface Route {
  readonly method: string;
  /** As OpenAPI writes it. */
  readonly path: string;
}

/** What stands around the handlers of all routes. */
export interface Measured {
  readonly metrics: Pick<GatewayMetrics, "requestAnswered">;
  /** Of `methodsOf`. */
  readonly methods: ReadonlySet<string>;
  /** What a handler throws, as an answer. */
  readonly failed: (error: unknown, c: Context) => Response;
}

/**
 * Counts and times every request that is HTTP, by its route. Around each handler, and no middleware: with one
 * function a route, Hono calls it and does not put a chain together for each request.
 *
 * @param route as OpenAPI writes it; by default, what is none
 */
export function measured(
  handler: (c: Context) => Response | Promise<Response>,
  { metrics, methods, failed }: Measured,
  route = OTHER,
): (c: Context) => Promise<Response> {
  return async (c) => {
    const startMs = performance.now();
    let response: Response;
    try {
      response = await handler(c);
    } catch (error) {
      response = failed(error, c);
    }
    metrics.requestAnswered({
      route,
      method: methods.has(c.req.method) ? c.req.method : OTHER,
      status: response.status,
      seconds: (performance.now() - startMs) / 1000,
    });
    return response;
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
