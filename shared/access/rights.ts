import type { JobClass } from "../lane.ts";
import { scopes, type RequiredScope, type Scope } from "./key.ts";

/** What a key may do, or whoever else comes with rights. */
export interface Rights {
  readonly scopes: readonly Scope[];
  /** Names, or `name@version`, that may be scored; undefined for all. */
  readonly models: readonly string[] | undefined;
  /** The highest class of work: `interactive` is no limit. */
  readonly ceiling: JobClass;
}

/** Whether the scopes include this one. */
export function grants({ scopes: given }: Pick<Rights, "scopes">, scope: RequiredScope): boolean {
  if (scope === "any" || given.includes(scope)) return true;
  return scope !== "operator" && given.includes("admin");
}

/** Whether the models include all that a reference means. @param reference `name` or `name@version` */
export function covers({ models }: Pick<Rights, "models">, reference: string): boolean {
  if (models === undefined) return true;
  const [name = ""] = reference.split("@");
  return models.includes(name) || models.includes(reference);
}

/** What one allows and the other allows too. */
export function inBoth(one: Rights, other: Rights): Rights {
  const isBulk = one.ceiling === "bulk" || other.ceiling === "bulk";
  return {
    scopes: scopes.filter((scope) => grants(one, scope) && grants(other, scope)),
    models: modelsInBoth(one, other),
    ceiling: isBulk ? "bulk" : "interactive",
  };
}

function modelsInBoth(one: Rights, other: Rights): readonly string[] | undefined {
  if (one.models === undefined) return other.models;
  const theirs = other.models?.filter((it) => covers(one, it)) ?? [];
  return [...new Set([...one.models.filter((it) => covers(other, it)), ...theirs])];
}
