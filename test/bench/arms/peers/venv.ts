import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { PEERS } from "./peer-folder.ts";

/** Outside the checkout, so that several of them share what takes minutes to install. */
const CACHE = join(homedir(), ".cache/scoreline-bench");
const run = promisify(execFile);

/**
 * The virtual environment with a peer's pinned requirements, made at its first use.
 *
 * @returns its folder @throws what pip said, when it cannot be made
 */
export async function venvOf(peer: string): Promise<string> {
  const requirements = join(PEERS, "requirements", `${peer}.txt`);
  const digest = createHash("sha256").update(readFileSync(requirements)).digest("hex");
  const folder = join(CACHE, `${peer}-${digest.slice(0, 8)}`);
  const made = join(folder, "made");
  if (existsSync(made)) return folder;
  await run("python3", ["-m", "venv", "--clear", folder]);
  const install = ["-m", "pip", "install", "--quiet", "--requirement", requirements];
  await run(join(folder, "bin/python"), install, { maxBuffer: 2 ** 26 });
  writeFileSync(made, "");
  return folder;
}
