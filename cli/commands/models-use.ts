import { knownEndpoints, refuseEndpoint } from "../endpoints/known-endpoints.ts";
import { gatewayOptions } from "../http/options.ts";
import { makeDefault, versionNamed } from "../models/default-version.ts";
import { MODELS_DIR, readAllModels } from "../models/models-folder.ts";
import { printDefault } from "../models/print-default.ts";
import type { Command } from "../terminal/command.ts";

/** `models use`: what a bare name means. */
export const modelsUse: Command = {
  name: "models use",
  usage: "NAME@VERSION",
  summary: "Lets a bare name mean a version.",
  about: `Writes the file "default" in the model's folder; a running system follows within
five seconds, and no request fails. models rollback takes it back. If the name
is an endpoint, that says what it means, and nothing is changed.`,
  options: {
    "--json": `{"model", "default", "before", "result"}`,
    MODELS_DIR,
    ...gatewayOptions,
  },
  examples: ["models use wine@2"],
  async run(given, shell) {
    const models = readAllModels(shell);
    const version = versionNamed(given.words[0] ?? "", models);
    refuseEndpoint(version.name, await knownEndpoints(given, shell));
    printDefault(makeDefault(version, models), given, shell);
  },
};
