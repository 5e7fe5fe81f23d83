import { isNotPulled, type ModelVersion } from "../../shared/model/registry.ts";
import { messageOf } from "../../shared/message-of.ts";
import { filesOf, type ModelFile } from "../../shared/model/manifest.ts";
import { checkFile, checkModelFile } from "../../worker/runner/check-file.ts";

/** What is known of a version's files. */
export type FileState = "ready" | "not pulled" | "damaged";

/** Reads them whole, to compare their digests. */
export async function fileState(version: ModelVersion): Promise<FileState> {
  if (isNotPulled(version)) return "not pulled";
  return checkModelFile(version.folder, version.manifest).then(
    () => "ready",
    () => "damaged",
  );
}

/** @returns the file that is missing or another one, with what is wrong; undefined: they are as they must be */
export async function fileFault({ folder, manifest }: ModelVersion) {
  for (const file of filesOf(manifest)) {
    const why = await checkFile(folder, file).then(() => undefined, messageOf);
    if (why !== undefined) return { path: file.path, why };
  }
  return undefined;
}

/** Whether one file of a version is there, and the one that its manifest names. */
export async function isReady({ folder }: ModelVersion, file: ModelFile): Promise<boolean> {
  return checkFile(folder, file).then(
    () => true,
    () => false,
  );
}
