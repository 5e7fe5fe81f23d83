import type { Context } from "hono";
import { errorKind, ScoringError, type Problem } from "../../shared/error.ts";
import type { GatewayServices } from "../services.ts";
import type { Caller } from "./caller.ts";
import { demandScope, type RequiredScope } from "./authorise.ts";

type Route = (c: Context, services: GatewayServices) => Response | Promise<Response>;

/** Puts a lock on a route: who calls must be known, and have the scope. */
export function guard(
  services: GatewayServices,
): (scope: RequiredScope, route: Route) => (c: Context) => Promise<Response> {
  return (scope, route) => async (c) => {
    const caller = await identify(c, services);
    const budget = await services.budget.take(caller.keyId);
    c.set("budget", budget); // for answers that are errors
    demandScope(caller, scope);
    c.set("caller", caller);
    const response = await route(c, services);
    for (const [name, value] of Object.entries(budget)) response.headers.set(name, value);
    return response;
  };
}

/** Opens a route to everybody: who has no key that works takes of the strangers' budget. */
export function open(
  services: GatewayServices,
): (route: (c: Context) => Response | Promise<Response>) => (c: Context) => Promise<Response> {
  return (route) => async (c) => {
    if (!(await isKnown(c, services))) services.strangers.take();
    return route(c);
  };
}

/**
 * Who calls with a key that works. A key is looked at first and the strangers' budget last: what
 * strangers do never costs a caller an answer.
 *
 * @throws {LimitReached} instead of `unauthenticated` when the strangers' budget is used up
 */
async function identify(c: Context, { access, strangers }: GatewayServices): Promise<Caller> {
  try {
    const found = access.identify(c.req.header("authorization"));
    // A key seen a moment ago is told at once: the hot path waits for nothing.
    return found instanceof Promise ? await found : found;
  } catch (error) {
    if (error instanceof ScoringError && error.code === "unauthenticated") strangers.take();
    throw error;
  }
}

/** A key that cannot be looked up at the moment counts as none: an open page needs no Redis. */
async function isKnown(c: Context, { access }: GatewayServices): Promise<boolean> {
  try {
    await access.identify(c.req.header("authorization"));
    return true;
  } catch {
    return false;
  }
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
