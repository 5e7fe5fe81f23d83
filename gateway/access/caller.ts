import type { Context } from "hono";
import { DEFAULT_TENANT, type AccessKey, type Scope } from "../../shared/access/key.ts";
import type { JobClass } from "../../shared/lane.ts";

/** Whose request this is. */
export interface Caller {
  /** Whose jobs these are; other tenants' ids do not exist for this caller. */
  readonly tenant: string;
  /** `key_…`; undefined when no key is required (`AUTH=off`). */
  readonly keyId: string | undefined;
  readonly scopes: readonly Scope[];
  /** Names, or `name@version`, that may be scored; undefined for all. */
  readonly models: readonly string[] | undefined;
  /** The highest class of work: `interactive` is no limit. */
  readonly ceiling: JobClass;
}

declare module "hono" {
  interface ContextVariableMap {
    caller: Caller;
    /** Headers about the key's budget of requests; undefined on open routes. */
    budget: Record<string, string> | undefined;
  }
}

/** Every caller, when no key is required. */
export const ANYBODY: Caller = {
  tenant: DEFAULT_TENANT,
  keyId: undefined,
  scopes: ["admin"],
  models: undefined,
  ceiling: "interactive",
};

/** The caller of a guarded route; `guard.ts` puts it there. */
export function callerOf(c: Context): Caller {
  return c.get("caller");
}

/** Who calls with a key. */
export function callerWith({ id, tenant, scopes, models, ceiling }: AccessKey): Caller {
  return { tenant, keyId: id, scopes, models, ceiling };
}
