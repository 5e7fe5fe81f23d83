import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { ROOT } from "./launcher.ts";

const VERSION = "1.1.0";
const FOLDER = join(ROOT, "node_modules/.cache/scoreline", `standardwebhooks-${VERSION}`);
const INSTALL_MS = 60_000;

/** Why the Python tests of webhooks cannot run, or false. */
export const noPython: string | false =
  spawnSync("python3", ["-c", "import sys; sys.exit(sys.version_info < (3, 9))"]).status === 0
    ? false
    : "there is no python3 from 3.9";

/**
 * Where Python finds the package `standardwebhooks` of PyPI, for `PYTHONPATH`: installed there the
 * first time, beside what npm installs.
 *
 * @returns undefined when it is not there and cannot be fetched
 */
export function standardWebhooksPath(): string | undefined {
  if (noPython !== false) return undefined;
  if (!existsSync(FOLDER)) install();
  return existsSync(FOLDER) ? FOLDER : undefined;
}

/** In one step, since several files of tests may be at it. */
function install(): void {
  mkdirSync(dirname(FOLDER), { recursive: true });
  const folder = mkdtempSync(`${FOLDER}-`);
  const options = ["--quiet", "--no-deps", "--retries", "0", "--target", folder];
  const args = ["-m", "pip", "install", ...options, `standardwebhooks==${VERSION}`];
  const { status } = spawnSync("python3", args, { timeout: INSTALL_MS });
  try {
    if (status === 0) renameSync(folder, FOLDER);
  } catch (error) {
    if (!existsSync(FOLDER)) throw error;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
