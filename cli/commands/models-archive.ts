import { knownEndpoints, refuseTraffic } from "../endpoints/known-endpoints.ts";
import { gatewayOptions } from "../http/options.ts";
import { archive, refuseDefault } from "../models/archive.ts";
import { versionNamed } from "../models/default-version.ts";
import { MODELS_DIR, readAllModels } from "../models/models-folder.ts";
import type { Command } from "../terminal/command.ts";
import { show } from "../terminal/show.ts";

/** `models archive`: a version takes no new jobs. */
export const modelsArchive: Command = {
  name: "models archive",
  usage: "NAME@VERSION",
  summary: "Lets a version take no new jobs; the old ones end.",
  about: `Writes the file "archived" in the version's folder. A running system follows
within five seconds: new jobs and batches are refused (410 model_archived),
those that were accepted are scored as ever, and workers no longer preload it.
Nothing is changed if an endpoint gives it traffic, or if it is what the bare
name means and another version could be.`,
  options: {
    "--undo": "let it take jobs again",
    "--json": `{"model", "is_archived", "result"}`,
    MODELS_DIR,
    ...gatewayOptions,
  },
  examples: ["models archive wine@1", "models archive wine@1 --undo"],
  async run(given, shell) {
    const models = readAllModels(shell);
    const version = versionNamed(given.words[0] ?? "", models);
    const isWanted = given.flags["undo"] !== true;
    if (isWanted && !version.isArchived) {
      const endpoints = await knownEndpoints(given, shell);
      refuseTraffic(version.id, endpoints);
      const isHeld = endpoints.some(({ name }) => name === version.name);
      if (!isHeld) refuseDefault(version, models.registry);
    }
    const isChanged = archive(version, isWanted);
    const how = isWanted ? "is archived" : "is not archived";
    const json = {
      model: version.id,
      is_archived: isWanted,
      result: isChanged ? "changed" : "unchanged",
    };
    show(json, [`${version.id} ${how}${isChanged ? " now" : " already"}`], given, shell);
  },
};
