import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { basename, join } from "node:path";
import { promisify } from "node:util";

/** Outside the checkout, so that several of them share what takes minutes to install. */
const CACHE = join(homedir(), ".cache/scoreline-bench");
const run = promisify(execFile);

/**
 * The virtual environment with pinned requirements, made at its first use.
 *
 * @param requirements a file of pip's, which names it: `fastapi.txt`
 * @returns its folder, whose Python is `bin/python` @throws what pip said, when it cannot be made
 */
export async function venvOf(requirements: string): Promise<string> {
  const digest = createHash("sha256").update(readFileSync(requirements)).digest("hex");
  const folder = join(CACHE, `${basename(requirements, ".txt")}-${digest.slice(0, 8)}`);
  const made = join(folder, "made");
  if (existsSync(made)) return folder;
  await run("python3", ["-m", "venv", "--clear", folder]);
  const install = ["-m", "pip", "install", "--quiet", "--requirement", requirements];
  await run(join(folder, "bin/python"), install, { maxBuffer: 2 ** 26 });
  writeFileSync(made, "");
  return folder;
}
