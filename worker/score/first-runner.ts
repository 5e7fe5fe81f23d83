import type { ChildProcess } from "node:child_process";
import { resolve } from "node:path";
import { runnerEnvironment, type RunnerEnvironment } from "./runner-environment.ts";
import { spawnRunner } from "./spawn-runner.ts";

/** What the runners of a worker are started with, and the one that is started already. */
export interface RunnersOfWorker {
  readonly environment: RunnerEnvironment;
  /** The process of the first slot; a courier has none. */
  readonly spawned: ChildProcess | undefined;
}

/**
 * Starts the first runner before the worker knows its settings, and has it load what the worker will want
 * preloaded. If these turn out to be wrong, the worker ends, and the runner with it.
 */
export function startFirstRunner(environmentOfWorker: NodeJS.ProcessEnv): RunnersOfWorker {
  const environment = runnerEnvironment(environmentOfWorker);
  const isCourier = environmentOfWorker["WORKER_ROLE"] === "courier";
  const spawned = isCourier ? undefined : spawnRunner(environment, headStart(environmentOfWorker));
  return { environment, spawned };
}

/** Not where a GPU has to be proven first, nor where sessions have a budget. */
function headStart(environment: NodeJS.ProcessEnv): readonly string[] {
  // What is set to the empty string counts as absent.
  const set = new Map(Object.entries(environment).filter(([, value]) => value !== ""));
  const isOnCpu = (set.get("EXECUTION_PROVIDERS") ?? "cpu") === "cpu";
  if (!isOnCpu || set.has("RUNNER_MEMORY_MB")) return [];
  const folder = resolve(set.get("MODELS_DIR") ?? "models");
  const names = set.get("WORKER_MODELS");
  return names === undefined ? [folder] : [folder, names];
}
