import type { Context } from "hono";
import { errorKind, ScoringError, type Problem } from "../../shared/error.ts";
import type { Headers } from "../http/answers.ts";
import { headerOf } from "../http/header.ts";
import type { Operation } from "../http/openapi/operation.ts";
import type { Access } from "./authenticator.ts";
import { type Caller, demandScope } from "./caller.ts";
import type { RequestBudget } from "./request-budget.ts";
import type { StrangerBudget } from "./stranger-budget.ts";

type Handler = (c: Context) => Response | Promise<Response>;

export interface GuardServices {
  readonly access: Access;
  readonly budget: RequestBudget;
  readonly strangers: StrangerBudget;
}

/**
 * Puts the lock on a route that its scope asks for. A probe is answered; of what is open, who has no key
 * that works takes of the strangers' budget; else who calls must be known, and have the scope. A key seen a
 * moment ago is told at once, and so is that there is no budget: the hot path waits for nothing.
 */
export function locked<S extends GuardServices>(
  { scope, handler }: Pick<Operation<S>, "scope" | "handler">,
  services: S,
): Handler {
  if (scope === "probe") return (c) => handler(c, services);
  if (scope === "open") {
    return async (c) => {
      if (!(await isKnown(c, services))) services.strangers.take();
      return handler(c, services);
    };
  }
  const admit = (c: Context, caller: Caller, budget?: Headers): ReturnType<Handler> => {
    c.set("budget", budget); // for answers that are errors
    demandScope(caller, scope);
    c.set("caller", caller);
    return handler(c, services);
  };
  const admitLater = async (c: Context, caller: Caller, later: Promise<Headers | undefined>) => {
    const budget = await later;
    const response = await admit(c, caller, budget);
    for (const name in budget) response.headers.set(name, budget[name] ?? "");
    return response;
  };
  const take = (c: Context, caller: Caller): ReturnType<Handler> => {
    const budget = services.budget.take(caller.keyId);
    return budget === undefined ? admit(c, caller) : admitLater(c, caller, budget);
  };
  return (c) => {
    const caller = identify(c, services);
    return caller instanceof Promise ? caller.then((it) => take(c, it)) : take(c, caller);
  };
}

/**
 * Who calls with a key that works. A key is looked at first and the strangers' budget last: what
 * strangers do never costs a caller an answer.
 *
 * @throws {LimitReached} instead of `unauthenticated` when the strangers' budget is used up
 */
function identify(c: Context, { access, strangers }: GuardServices): Caller | Promise<Caller> {
  const refused = (error: unknown): never => {
    if (error instanceof ScoringError && error.code === "unauthenticated") strangers.take();
    throw error;
  };
  try {
    const found = access.identify(headerOf(c, "authorization"));
    return found instanceof Promise ? found.catch(refused) : found;
  } catch (error) {
    return refused(error);
  }
}

/** A key that cannot be looked up at the moment counts as none: an open page needs no Redis. */
async function isKnown(c: Context, { access }: GuardServices): Promise<boolean> {
  try {
    await access.identify(headerOf(c, "authorization"));
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
    const isBad = headerOf(c, "authorization") !== undefined;
    return { "www-authenticate": `${REALM}${isBad ? ', error="invalid_token"' : ""}` };
  }
  if (status !== errorKind("forbidden").status || typeof scope !== "string") return {};
  return { "www-authenticate": `${REALM}, error="insufficient_scope", scope="${scope}"` };
}

const REALM = 'Bearer realm="scoreline"';
