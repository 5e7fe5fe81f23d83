import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { filesOf, type Manifest, type ModelFile } from "../../shared/model/manifest.ts";

/**
 * A version is immutable: its files are those whose sizes and digests its manifest names.
 *
 * @throws when one is missing or another one, saying which, or the module of a script is missing
 */
export async function checkModelFile(folder: string, manifest: Manifest): Promise<void> {
  const { pipeline: settings } = manifest;
  if (settings.type === "script") await stat(join(folder, settings.module));
  for (const file of filesOf(manifest)) await checkFile(folder, file);
}

/** @throws as `checkModelFile` */
export async function checkFile(folder: string, file: ModelFile): Promise<void> {
  const path = join(folder, file.path);
  const { size } = await stat(path);
  if (size !== file.bytes) {
    throw new Error(`${file.path} has ${size} bytes; its manifest says ${file.bytes}`);
  }
  const hash = createHash("sha256");
  await pipeline(createReadStream(path, { highWaterMark: 1024 * 1024 }), hash);
  const digest = hash.digest("hex");
  if (digest === file.sha256) return;
  throw new Error(`${file.path} has SHA-256 ${digest}; its manifest says ${file.sha256}`);
}
