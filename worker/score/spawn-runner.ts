import { spawn, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Logger } from "../../shared/log.ts";
import type { RunnerEnvironment } from "./runner-environment.ts";
import { logOutput } from "./runner-output.ts";

const MAIN = fileURLToPath(new URL("../runner/main.ts", import.meta.url));

/** Whose runner it is. */
export interface RunnerHost {
  readonly logger: Logger;
  readonly environment: RunnerEnvironment;
}

/**
 * Starts a runner's process; its file descriptor 3 is the pipe, and what it prints is logged.
 *
 * @param args those of its main.ts
 */
export function spawnRunner(host: RunnerHost, args: readonly string[]): ChildProcess {
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: host.environment,
    stdio: ["ignore", "pipe", "pipe", "pipe"],
    // Ctrl-C reaches a whole process group; a runner ends with its pipe, not with the group.
    detached: true,
  });
  logOutput(child, host.logger);
  return child;
}
