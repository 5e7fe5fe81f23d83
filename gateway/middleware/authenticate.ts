import type { Context } from "hono";
import { errorKind, type Problem } from "../../shared/error.ts";
import type { GatewayServices } from "../services.ts";
import { demandScope, type RequiredScope } from "./authorise.ts";

type Route = (c: Context, services: GatewayServices) => Response | Promise<Response>;

/** Puts a lock on a route: who calls must be known, and have the scope. */
export function guard(
  services: GatewayServices,
): (scope: RequiredScope, route: Route) => (c: Context) => Promise<Response> {
  return (scope, route) => async (c) => {
    const found = services.access.identify(c.req.header("authorization"));
    // A key seen a moment ago is told at once: the hot path waits for nothing.
    const caller = found instanceof Promise ? await found : found;
    const budget = await services.budget.take(caller.keyId);
    c.set("budget", budget); // for answers that are errors
    demandScope(caller, scope);
    c.set("caller", caller);
    const response = await route(c, services);
    for (const [name, value] of Object.entries(budget)) response.headers.set(name, value);
    return response;
  };
}

/**
 * What a refusal says in `WWW-Authenticate`.
 * @see https://www.rfc-editor.org/rfc/rfc6750#section-3
 */
export function challenge(c: Context, problem: Problem): Record<string, string> {
  const { status, scope } = problem;
  if (status === errorKind("unauthenticated").status) {
    const isBad = c.req.header("authorization") !== undefined;
    return { "www-authenticate": `${REALM}${isBad ? ', error="invalid_token"' : ""}` };
  }
  if (status !== errorKind("forbidden").status || typeof scope !== "string") return {};
  return { "www-authenticate": `${REALM}, error="insufficient_scope", scope="${scope}"` };
}

const REALM = 'Bearer realm="scoreline"';
