import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

/** Outside the checkout, beside the virtual environments. */
const CACHE = join(homedir(), ".cache/scoreline-bench");
const run = promisify(execFile);

/**
 * The files of pinned packages of PyPI, without what they depend on.
 *
 * @param requirements a file of pip's
 * @param python that has pip
 * @returns the folder that they are unpacked in
 */
export async function wheelsOf(requirements: string, python: string): Promise<string> {
  return unpacked(`wheels-${digestOf(readFileSync(requirements, "utf8"))}`, async (folder) => {
    const install = ["-m", "pip", "install", "--quiet", "--no-deps", "--no-compile"];
    await run(python, [...install, "--target", folder, "--requirement", requirements], OUTPUT);
  });
}

/**
 * The files of pinned packages of npm, without what they depend on; none of their scripts is run.
 *
 * @param packages `name@version`
 * @returns the folder that has a folder for each name
 */
export async function npmFilesOf(packages: readonly string[]): Promise<string> {
  return unpacked(`npm-${digestOf(packages.join())}`, async (folder) => {
    for (const one of packages) {
      const { stdout } = await run("npm", ["pack", "--silent", "--pack-destination", folder, one]);
      const target = join(folder, one.slice(0, one.lastIndexOf("@")));
      mkdirSync(target, { recursive: true });
      const archive = join(folder, stdout.trim());
      await run("tar", ["-xzf", archive, "-C", target, "--strip-components", "1"]);
    }
  });
}

const OUTPUT = { maxBuffer: 2 ** 26 };

async function unpacked(name: string, fill: (folder: string) => Promise<void>): Promise<string> {
  const folder = join(CACHE, name);
  const made = join(folder, "made");
  if (existsSync(made)) return folder;
  mkdirSync(folder, { recursive: true });
  await fill(folder);
  writeFileSync(made, "");
  return folder;
}

function digestOf(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 8);
}
