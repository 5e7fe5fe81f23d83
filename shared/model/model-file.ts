import { existsSync } from "node:fs";
import { join } from "node:path";
import type { ModelVersion } from "./registry.ts";

type VersionFolder = Pick<ModelVersion, "folder" | "manifest">;

/** Where a version's graph is, or will be. */
export function modelFilePath({ folder, manifest }: VersionFolder): string {
  return join(folder, manifest.file.path);
}

/** Whether a version's file is still where its manifest's `file.source` says, and not here. */
export function isNotPulled(version: VersionFolder): boolean {
  return version.manifest.file.source !== undefined && !existsSync(modelFilePath(version));
}

/** What a person types to have it. */
export function pullCommand({ id }: Pick<ModelVersion, "id">): string {
  return `npx scoreline models pull ${id}`;
}
