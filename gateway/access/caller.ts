import type { Context } from "hono";
import {
  DEFAULT_TENANT,
  type AccessKey,
  type Scope,
  type RequiredScope,
} from "../../shared/access/key.ts";
import { covers, grants, type Rights } from "../../shared/access/rights.ts";
import type { JobClass } from "../../shared/lane.ts";
import { ScoringError } from "../../shared/error.ts";
import type { JobView } from "../../shared/job/view.ts";
import type { ModelVersion, Registry } from "../../shared/model/registry.ts";

/** Whose request this is. */
export interface Caller extends Rights {
  /** What they came with. */
  readonly kind: "key" | "token" | "user";
  /** Whose jobs these are; other tenants' ids do not exist for this caller. */
  readonly tenant: string;
  /** `key_…`, also of an access token; `user_…`; undefined when no key is required (`AUTH=off`). */
  readonly keyId: string | undefined;
  /** What their issuer calls a user, for audit lines. */
  readonly subject?: string;
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
  kind: "key",
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
  return { kind: "key", tenant, keyId: id, scopes, models, ceiling };
}

/** What a message calls the caller by. */
function nameOf({ kind, keyId }: Caller): string {
  const names = { key: "The key", token: "The access token of", user: "The user" };
  return `${names[kind]} ${keyId}`;
}

/** @throws {ScoringError} `forbidden`, naming the scope */
export function demandScope(caller: Caller, scope: RequiredScope): void {
  if (grants(caller, scope)) return;
  const message = `${nameOf(caller)} does not have the scope ${scope}.`;
  throw new ScoringError("forbidden", message, { members: { scope } });
}

/**
 * Lets the caller hand out scopes, or a secret that has them: only those that it has.
 *
 * @throws {ScoringError} `forbidden`, naming the scope
 */
export function demandAll(caller: Caller, scopes: readonly Scope[]): void {
  for (const scope of scopes) demandScope(caller, scope);
}

/** @throws {ScoringError} `forbidden`: what anybody could make would outlive AUTH=off */
export function refuseWhenOpen(c: Context): void {
  if (callerOf(c).keyId !== undefined) return;
  throw new ScoringError("forbidden", "Key and role management is off because AUTH=off.");
}

/** What a caller wants of its rights for something that it makes; undefined for all of them. */
export type Wish = { readonly [R in keyof Rights]: Rights[R] | undefined };

/**
 * The rights that a caller asks for, which are among its own.
 *
 * @throws {ScoringError} `forbidden` when they are not
 */
export function usableRights(caller: Caller, wish: Wish): Rights {
  const { scopes = caller.scopes, models = caller.models } = wish;
  demandAll(caller, scopes);
  const other = models?.find((it) => !covers(caller, it));
  if (other !== undefined) throw notUsable(caller, other);
  return { scopes, models, ceiling: usableClass(caller, wish.ceiling) };
}

/** Whether the caller may score this version. */
export function mayUse(caller: Caller, { id }: Pick<ModelVersion, "id">): boolean {
  return covers(caller, id);
}

/**
 * The version that a reference means, when the caller may use it. A key with a list is told the
 * same of every name that is not on it, whether there is such a model or not.
 *
 * @param reference `name` or `name@version`
 * @param endpoints their names, where a bare name could have been one
 * @throws {ScoringError} `forbidden` or `not_found`
 */
export function usableVersion(
  caller: Caller,
  registry: Registry,
  reference: string,
  endpoints?: () => readonly string[],
): ModelVersion {
  const { models } = caller;
  const [name = ""] = reference.split("@");
  const isListed = models?.some((it) => it === name || it.startsWith(`${name}@`)) ?? true;
  const version = isListed ? registry.resolve(reference, endpoints) : undefined;
  if (version !== undefined && mayUse(caller, version)) return version;
  throw notUsable(caller, version?.id ?? reference.slice(0, 100));
}

/**
 * Lets a job of the caller's tenant be run again.
 *
 * @throws {ScoringError} `forbidden` when the caller could not have made it
 */
export function demandRun(caller: Caller, job: Pick<JobView, "model" | "class">): void {
  if (!covers(caller, job.model)) throw notUsable(caller, job.model);
  if (job.class !== "shadow") usableClass(caller, job.class);
}

/**
 * The class of work a job gets: what was asked for, else the highest that the key may ask for.
 *
 * @throws {ScoringError} `forbidden` when it is above the key's ceiling
 */
export function usableClass(caller: Caller, asked: JobClass | undefined): JobClass {
  const { ceiling } = caller;
  if (asked === undefined) return ceiling;
  if (asked !== "interactive" || ceiling === "interactive") return asked;
  const message = `${nameOf(caller)} may only create jobs of priority bulk.`;
  throw new ScoringError("forbidden", message, {
    faults: [{ detail: "is above the key's ceiling, bulk", pointer: "/priority" }],
  });
}

/** What a caller with a list of models is told of any name that is not on it. */
export function notUsable(caller: Caller, asked: string): ScoringError {
  const models = caller.models?.join(", ") ?? "";
  const message = `${nameOf(caller)} may use ${models === "" ? "no model" : models}, and not ${asked}.`;
  return new ScoringError("forbidden", message);
}
