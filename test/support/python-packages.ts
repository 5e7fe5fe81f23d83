import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { ROOT } from "./launcher.ts";

const INSTALL_MS = 60_000;

/** Why tests that run Python cannot run, or false. */
export const noPython: string | false =
  spawnSync("python3", ["-c", "import sys; sys.exit(sys.version_info < (3, 9))"]).status === 0
    ? false
    : "there is no python3 from 3.9";

/**
 * Where Python finds packages of PyPI, for `PYTHONPATH`: installed there the first time, beside what
 * npm installs.
 *
 * @param packages `name==version`, with all that they need
 * @returns undefined when they are not there and cannot be fetched
 */
export function pythonPackages(...packages: readonly string[]): string | undefined {
  if (noPython !== false) return undefined;
  const [first = ""] = packages;
  const folder = join(ROOT, "node_modules/.cache/scoreline", first.replace("==", "-"));
  if (!existsSync(folder)) install(packages, folder);
  return existsSync(folder) ? folder : undefined;
}

/** In one step, since several files of tests may be at it. */
function install(packages: readonly string[], folder: string): void {
  mkdirSync(dirname(folder), { recursive: true });
  const unfinished = mkdtempSync(`${folder}-`);
  const options = ["--quiet", "--no-deps", "--retries", "0", "--target", unfinished];
  const args = ["-m", "pip", "install", ...options, ...packages];
  const { status } = spawnSync("python3", args, { timeout: INSTALL_MS });
  try {
    if (status === 0) renameSync(unfinished, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}
