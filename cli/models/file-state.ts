import { existsSync } from "node:fs";
import { isNotPulled, modelFilePath, type ModelVersion } from "../../shared/model/registry.ts";
import { checkModelFile } from "../../worker/runner/check-file.ts";

/** What is known of a version's file. */
export type FileState = "ready" | "not pulled" | "damaged";

/** Reads the whole file, to compare its digest. */
export async function fileState(version: ModelVersion): Promise<FileState> {
  if (isNotPulled(version)) return "not pulled";
  if (!existsSync(modelFilePath(version))) return "damaged";
  return checkModelFile(version.folder, version.manifest).then(
    () => "ready",
    () => "damaged",
  );
}
