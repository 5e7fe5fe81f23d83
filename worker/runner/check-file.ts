import { createHash } from "node:crypto";
import { open, stat } from "node:fs/promises";
import { join } from "node:path";
import { filesOf, type Manifest, type ModelFile } from "../../shared/model/manifest.ts";

const PIECE_BYTES = 1024 * 1024;

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
  const digest = await digestOf(path);
  if (digest === file.sha256) return;
  throw new Error(`${file.path} has SHA-256 ${digest}; its manifest says ${file.sha256}`);
}

/** SHA-256 in hex. By pieces, and not by a stream, which takes twice the time for a small model. */
async function digestOf(path: string): Promise<string> {
  const hash = createHash("sha256");
  await using handle = await open(path);
  const piece = Buffer.allocUnsafe(PIECE_BYTES);
  for (;;) {
    const { bytesRead } = await handle.read(piece, 0, PIECE_BYTES);
    if (bytesRead === 0) return hash.digest("hex");
    hash.update(piece.subarray(0, bytesRead));
  }
}
