import { patchEndpoint, readEndpoint } from "../endpoints/endpoint.ts";
import { printEndpoint } from "../endpoints/print-endpoint.ts";
import { promoted } from "../endpoints/traffic.ts";
import { Gateway } from "../http/gateway.ts";
import { answerOptions } from "../http/options.ts";
import type { Command } from "../terminal/command.ts";

/** `endpoints promote`: one variant gets everything. */
export const endpointsPromote: Command = {
  name: "endpoints promote",
  usage: "NAME VARIANT",
  summary: "Makes a variant the default, with all the traffic.",
  about: `The other variants stay, with a share of 0: endpoints rollback brings them back,
and requests may pin them. Needs a key with the scope operator.`,
  options: answerOptions,
  examples: ["endpoints promote photos green"],
  async run(given, shell) {
    const [name = "", variant = ""] = given.words;
    const gateway = new Gateway(given, shell);
    const seen = await readEndpoint(gateway, name);
    printEndpoint(await patchEndpoint(gateway, seen, promoted(seen, variant)), given, shell);
  },
};
