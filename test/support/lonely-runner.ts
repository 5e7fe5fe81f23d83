/** A runner as a worker has it, which has loaded a model. */
import { createLogger } from "../../shared/log.ts";
import { loadRegistry } from "../../shared/model/registry.ts";
import { runnerEnvironment } from "../../worker/score/runner-environment.ts";
import { RunnerProcess } from "../../worker/score/runner-process.ts";

const host = {
  logger: createLogger("test", "silent"),
  environment: runnerEnvironment(process.env),
};
const runner = new RunnerProcess(host);
await runner.load(loadRegistry("models").resolve("wine"));
process.stdout.write("loaded\n");
