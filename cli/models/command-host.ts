import { createLogger } from "../../shared/log.ts";
import { runnerEnvironment } from "../../worker/score/runner-environment.ts";
import type { RunnerHost } from "../../worker/score/spawn-runner.ts";

/** What a runner of a command starts with: as a worker's, and nothing is said of its coming and going. */
export function commandHost(): RunnerHost {
  return {
    logger: createLogger("command", "silent"),
    environment: runnerEnvironment(process.env),
  };
}
