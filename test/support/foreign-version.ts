import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";

/**
 * Lays out a version by hand.
 *
 * @param graph the first of its files; the others hold weights of it
 * @param members of the manifest, besides its name, version and files
 * @returns its folder
 */
export function layVersion(
  folder: string,
  [graph = "", ...weights]: readonly string[],
  members: object,
): string {
  mkdirSync(folder, { recursive: true });
  const put = (path: string, name: string): object => {
    copyFileSync(path, join(folder, name));
    const content = readFileSync(path);
    const sha256 = createHash("sha256").update(content).digest("hex");
    return { path: name, bytes: content.length, sha256 };
  };
  const file = {
    ...put(graph, "model.onnx"),
    weights: weights.map((path) => put(path, basename(path))),
  };
  const manifest = { name: "foreign", version: 1, file, pipeline: { type: "tensor" }, ...members };
  writeFileSync(join(folder, "manifest.json"), JSON.stringify(manifest));
  return folder;
}
