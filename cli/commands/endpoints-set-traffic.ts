import { changeTraffic } from "../endpoints/change-traffic.ts";
import { readShares, sharedAs } from "../endpoints/traffic.ts";
import { answerOptions } from "../http/options.ts";
import type { Command } from "../terminal/command.ts";

/** `endpoints set-traffic`: how an endpoint's requests are divided. */
export const endpointsSetTraffic: Command = {
  name: "endpoints set-traffic",
  usage: "NAME VARIANT=PERCENT...",
  summary: "Divides an endpoint's requests among its variants.",
  about: `Variants that you do not name keep their share; the default variant, unless you
name it, gets what is left. If somebody else changes the endpoint meanwhile,
nothing is done. Needs a key with the scope operator.`,
  options: answerOptions,
  examples: [
    "endpoints set-traffic photos blue=80 green=20",
    "endpoints set-traffic photos green=0.5",
  ],
  async run(given, shell) {
    const wanted = readShares(given.words.slice(1));
    return changeTraffic((seen) => sharedAs(seen, wanted), given, shell);
  },
};
