import type { Context } from "hono";
import type { JobClass } from "../shared/queue/keys.ts";

/** What a key may be given. `admin` stands for all of them, and for the keys themselves. */
export const scopes = [
  "jobs:write",
  "jobs:read",
  "jobs:cancel",
  "batches:*",
  "webhooks:*",
  "admin",
] as const;

export type Scope = (typeof scopes)[number];

/** Whose request this is. */
export interface Caller {
  /** Whose jobs these are; other tenants' ids do not exist for this caller. */
  readonly tenant: string;
  /** `key_…`; undefined when nobody is asked for one (`AUTH=off`). */
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
  }
}

/** Everybody, when nobody is asked for a key. */
export const ANYBODY: Caller = {
  tenant: "default",
  keyId: undefined,
  scopes: ["admin"],
  models: undefined,
  ceiling: "interactive",
};

/** The caller of a guarded route; `middleware/authenticate.ts` puts it there. */
export function callerOf(c: Context): Caller {
  return c.get("caller");
}
