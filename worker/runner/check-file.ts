import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { Manifest } from "../../shared/model/manifest.ts";

/**
 * A version is immutable: its file is the one whose size and digest its manifest names.
 *
 * @throws when the file is missing or another one, saying which, or the module of a script is missing
 */
export async function checkModelFile(folder: string, manifest: Manifest): Promise<void> {
  const { file } = manifest;
  const path = join(folder, file.path);
  const { size } = await stat(path);
  if (size !== file.bytes) {
    throw new Error(`${file.path} has ${size} bytes; its manifest says ${file.bytes}`);
  }
  if (manifest.pipeline.type === "script") await stat(join(folder, manifest.pipeline.module));
  const hash = createHash("sha256");
  await pipeline(createReadStream(path, { highWaterMark: 1024 * 1024 }), hash);
  const digest = hash.digest("hex");
  if (digest === file.sha256) return;
  throw new Error(`${file.path} has SHA-256 ${digest}; its manifest says ${file.sha256}`);
}
