import type { ChildProcess } from "node:child_process";
import { runnerEnvironment, type RunnerEnvironment } from "./runner-environment.ts";
import { spawnRunner } from "./spawn-runner.ts";

/** What the runners of a worker are started with, and the one that is started already. */
export interface RunnersOfWorker {
  readonly environment: RunnerEnvironment;
  /** The process of the first slot; a courier has none. */
  readonly spawned: ChildProcess | undefined;
}

/**
 * Starts the first runner before the worker knows its settings. If these turn out to be wrong, the
 * worker ends, and the runner with it.
 */
export function startFirstRunner(environmentOfWorker: NodeJS.ProcessEnv): RunnersOfWorker {
  const environment = runnerEnvironment(environmentOfWorker);
  const isCourier = environmentOfWorker["WORKER_ROLE"] === "courier";
  return { environment, spawned: isCourier ? undefined : spawnRunner(environment) };
}
