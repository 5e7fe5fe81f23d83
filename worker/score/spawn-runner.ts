import { spawn, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Logger } from "../../shared/log.ts";
import type { RunnerEnvironment } from "./runner-environment.ts";

const MAIN = fileURLToPath(new URL("../runner/main.ts", import.meta.url));

/** Whose runner it is. */
export interface RunnerHost {
  readonly logger: Logger;
  readonly environment: RunnerEnvironment;
}

/** Starts a runner's process; its file descriptor 3 is the pipe. @param args those of its main.ts */
export function spawnRunner({ environment }: RunnerHost, args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [MAIN, ...args], {
    env: environment,
    stdio: ["ignore", "inherit", "inherit", "pipe"],
    // Ctrl-C reaches a whole process group; a runner ends with its pipe, not with the group.
    detached: true,
  });
}
