import type { Context } from "hono";
import {
  DEFAULT_TENANT,
  type AccessKey,
  type Scope,
  type RequiredScope,
} from "../../shared/access/key.ts";
import type { JobClass } from "../../shared/lane.ts";
import { ScoringError } from "../../shared/error.ts";
import type { JobView } from "../../shared/job/view.ts";
import type { ModelVersion, Registry } from "../../shared/model/registry.ts";

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
  scopes: ["admin", "operator"],
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

/** @throws {ScoringError} `forbidden`, naming the scope */
export function demandScope({ scopes: given, keyId }: Caller, scope: RequiredScope): void {
  if (scope === "any" || given.includes(scope)) return;
  if (scope !== "operator" && given.includes("admin")) return;
  throw new ScoringError("forbidden", `The key ${keyId} does not have the scope ${scope}.`, {
    members: { scope },
  });
}

/**
 * Lets the caller hand out scopes, or a secret that has them: only those that it has.
 *
 * @throws {ScoringError} `forbidden`, naming the scope
 */
export function demandAll(caller: Caller, scopes: readonly Scope[]): void {
  for (const scope of scopes) demandScope(caller, scope);
}

/** Whether the caller may score this version. */
export function mayUse(
  { models }: Caller,
  { name, id }: Pick<ModelVersion, "name" | "id">,
): boolean {
  return models === undefined || models.includes(name) || models.includes(id);
}

/**
 * The version that a reference means, when the caller may use it. A key with a list is told the
 * same of every name that is not on it, whether there is such a model or not.
 *
 * @param reference `name` or `name@version`
 * @throws {ScoringError} `forbidden` or `not_found`
 */
export function usableVersion(caller: Caller, registry: Registry, reference: string): ModelVersion {
  const { models } = caller;
  const [name = ""] = reference.split("@");
  const isListed = models?.some((it) => it === name || it.startsWith(`${name}@`)) ?? true;
  const version = isListed ? registry.resolve(reference) : undefined;
  if (version !== undefined && mayUse(caller, version)) return version;
  throw notUsable(caller, version?.id ?? reference.slice(0, 100));
}

/**
 * Lets a job of the caller's tenant be run again.
 *
 * @throws {ScoringError} `forbidden` when the caller could not have made it
 */
export function demandRun(caller: Caller, job: Pick<JobView, "model" | "class">): void {
  const [name = ""] = job.model.split("@");
  if (!mayUse(caller, { name, id: job.model })) throw notUsable(caller, job.model);
  usableClass(caller, job.class);
}

/**
 * The class of work a job gets: what was asked for, else the highest that the key may ask for.
 *
 * @throws {ScoringError} `forbidden` when it is above the key's ceiling
 */
export function usableClass(caller: Caller, asked: JobClass | undefined): JobClass {
  const { ceiling, keyId } = caller;
  if (asked === undefined) return ceiling;
  if (asked !== "interactive" || ceiling === "interactive") return asked;
  throw new ScoringError("forbidden", `The key ${keyId} may only create jobs of priority bulk.`, {
    faults: [{ detail: "is above the key's ceiling, bulk", pointer: "/priority" }],
  });
}

function notUsable({ keyId, models }: Caller, asked: string): ScoringError {
  const message = `The key ${keyId} may use ${models?.join(", ")}, and not ${asked}.`;
  return new ScoringError("forbidden", message);
}
