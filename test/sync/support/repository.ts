import { globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository's folder. */
export const ROOT = join(dirname(fileURLToPath(import.meta.url)), "../../..");

/** A file of ours as text. */
export interface SourceFile {
  /** Relative to the repository, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

/** @param path relative to the repository */
export function readText(path: string): string {
  return readFileSync(join(ROOT, path), "utf8");
}

/** Files of ours that match; what is installed or made does not count. */
export function filesMatching(patterns: readonly string[]): SourceFile[] {
  const exclude = ["node_modules/**", ".tsbuild/**", ".scoreline/**", ".git/**", "**/.venv/**"];
  return globSync(patterns, { cwd: ROOT, exclude })
    .toSorted()
    .map((path) => ({ path, text: readText(path) }));
}
