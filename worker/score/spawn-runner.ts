import { spawn, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Logger } from "../../shared/log.ts";
import type { RunnerEnvironment } from "./runner-environment.ts";
import { logOutput } from "./runner-output.ts";
import { CODE } from "../../shared/installed.ts";

const MAIN = fileURLToPath(new URL(`../runner/main${CODE}`, import.meta.url));

/** Whose runner it is. */
export interface RunnerHost {
  readonly logger: Logger;
  readonly environment: RunnerEnvironment;
  /** A process that was started beforehand; another is started when it has ended. */
  readonly spawned?: ChildProcess | undefined;
  /** Reads what it prints; without it, that is logged. */
  readonly listen?: (child: ChildProcess) => void;
}

/** The process of a runner; what it prints is logged, or read by its host. */
export function startRunner({ environment, spawned, logger, listen }: RunnerHost): ChildProcess {
  const child = spawned !== undefined && isAlive(spawned) ? spawned : spawnRunner(environment);
  if (listen === undefined) logOutput(child, logger);
  else listen(child);
  return child;
}

/**
 * Starts a runner's process; its file descriptor 3 is the pipe. Nobody reads yet what it prints.
 *
 * @param given what it is to load before it is asked: see `worker/runner/head-start.ts`
 */
export function spawnRunner(
  environment: RunnerEnvironment,
  given: readonly string[] = [],
): ChildProcess {
  const child = spawn(process.execPath, [MAIN, ...given], {
    env: environment,
    stdio: ["ignore", "pipe", "pipe", "pipe"],
    // Ctrl-C reaches a whole process group; a runner ends with its pipe, not with the group.
    detached: true,
  });
  child.on("error", () => {}); // without a listener it would be thrown; whoever takes the child listens
  return child;
}

function isAlive({ pid, exitCode, signalCode }: ChildProcess): boolean {
  return pid !== undefined && exitCode === null && signalCode === null;
}
