import { knownEndpoints, refuseEndpoint } from "../endpoints/known-endpoints.ts";
import { gatewayOptions } from "../http/options.ts";
import { earlierDefault, makeDefault } from "../models/default-version.ts";
import { MODELS_DIR, readAllModels } from "../models/models-folder.ts";
import { printDefault } from "../models/print-default.ts";
import type { Command } from "../terminal/command.ts";

/** `models rollback`: a bare name means what it meant before. */
export const modelsRollback: Command = {
  name: "models rollback",
  usage: "NAME",
  summary: "Takes back the last models use.",
  about: `A second rollback takes back the first. If the name is an endpoint, nothing is
changed: endpoints rollback is for those.`,
  options: {
    "--json": `{"model", "default", "before", "result"}`,
    MODELS_DIR,
    ...gatewayOptions,
  },
  examples: ["models rollback wine"],
  async run(given, shell) {
    const models = readAllModels(shell);
    const name = given.words[0] ?? "";
    refuseEndpoint(name, await knownEndpoints(given, shell));
    const version = earlierDefault(name, models);
    printDefault(makeDefault(version, models), given, shell);
  },
};
