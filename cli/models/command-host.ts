import { createLoggerTo } from "../../shared/log.ts";
import { runnerEnvironment } from "../../worker/score/runner-environment.ts";
import type { RunnerHost } from "../../worker/score/spawn-runner.ts";

/** What a runner of a command starts with: as a worker's; what it prints is passed on as notes. */
export function commandHost(): RunnerHost {
  return {
    logger: createLoggerTo({ write: noteOutput }, { role: "command", level: "info" }),
    environment: runnerEnvironment(process.env),
  };
}

/** A person wants the text of a runner, and no word of its coming and going. */
function noteOutput(line: string): void {
  const fields: unknown = JSON.parse(line);
  const { output }: { readonly output?: unknown } = Object(fields);
  if (typeof output === "string") process.stderr.write(`runner: ${output}\n`);
}
