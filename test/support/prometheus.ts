import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/** Where Prometheus' programs are. */
export interface PrometheusTools {
  readonly prometheus: string;
  readonly promtool: string;
}

const CACHE = join(homedir(), ".cache/scoreline-tools");
const KEPT = join(CACHE, "prometheus");
const FETCH_MS = 90_000;

/**
 * Prometheus of the system, else of Debian's package, which is unpacked once into a cache folder of
 * the user and not installed.
 *
 * @returns undefined where there is neither
 */
export function findPrometheus(): PrometheusTools | undefined {
  const installed = { prometheus: "prometheus", promtool: "promtool" };
  return [installed, inFolder(join(KEPT, "usr/bin"))].find(works) ?? fetched();
}

function inFolder(folder: string): PrometheusTools {
  return { prometheus: join(folder, "prometheus"), promtool: join(folder, "promtool") };
}

function works(tools: PrometheusTools): boolean {
  return Object.values(tools).every((it) => spawnSync(it, ["--version"]).status === 0);
}

/** Another test may do the same now: who is first, wins. */
function fetched(): PrometheusTools | undefined {
  mkdirSync(CACHE, { recursive: true });
  const folder = mkdtempSync(join(CACHE, "prometheus-"));
  try {
    const run = (command: string, ...args: string[]): boolean =>
      spawnSync(command, args, { cwd: folder, timeout: FETCH_MS }).status === 0;
    if (!run("apt-get", "download", "prometheus")) return undefined;
    const archive = readdirSync(folder).find((name) => name.endsWith(".deb")) ?? "";
    if (!run("dpkg", "-x", archive, folder)) return undefined;
    if (!existsSync(KEPT)) renameSync(folder, KEPT);
    const tools = inFolder(join(KEPT, "usr/bin"));
    return works(tools) ? tools : undefined;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
