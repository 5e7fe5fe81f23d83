import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { ModelVersion } from "../../shared/model/registry.ts";
import type { Arguments } from "../terminal/command.ts";
import { objectsOf, type NamedObject } from "./objects.ts";
import { optionsOf } from "./options.ts";
import { planOf, type Plan } from "./plan.ts";

/** A model version's own workers, for a cluster. */
export interface Workers {
  readonly plan: Plan;
  readonly objects: readonly NamedObject[];
  /** That renders them, as it is typed: without where they go, and with the version in full. */
  readonly command: string;
}

/**
 * @param flags of `deploy render` @param root the repository's folder
 * @throws {UsageError} naming the option that is wrong
 * @throws {CommandError} when the manifest does not name what the pool offers
 */
export function workersOf(version: ModelVersion, flags: Arguments["flags"], root: string): Workers {
  const plan = planOf(version, optionsOf(flags), imageTag(root));
  const said = Object.entries(flags).flatMap(([name, value]) =>
    name === "out" || name === "diff" || typeof value !== "string" ? [] : [`--${name} ${value}`],
  );
  const command = ["scoreline deploy render", version.id, ...said].join(" ");
  return { plan, objects: objectsOf(plan, root), command };
}

/** Images have the version of this repository. */
function imageTag(root: string): string {
  const text = readFileSync(join(root, "package.json"), "utf8");
  return z.object({ version: z.string() }).parse(JSON.parse(text)).version;
}
