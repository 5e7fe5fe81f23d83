import { endpointPath } from "../endpoints/endpoint.ts";
import { deleteNamed } from "../http/delete-named.ts";
import { gatewayOptions } from "../http/options.ts";
import type { Command } from "../terminal/command.ts";

/** `endpoints delete`: the end of a name. */
export const endpointsDelete: Command = {
  name: "endpoints delete",
  usage: "NAME",
  summary: "Deletes an endpoint; its jobs go on.",
  about: `The name means the model of that name again, or nothing. Needs a key with the
scope operator.`,
  options: {
    "--json": `{"name": ..., "deleted": true}`,
    ...gatewayOptions,
  },
  examples: ["endpoints delete photos"],
  run: async (given, shell) => deleteNamed(endpointPath, given, shell),
};
