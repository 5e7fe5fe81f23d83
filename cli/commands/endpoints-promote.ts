import { changeTraffic } from "../endpoints/change-traffic.ts";
import { promoted } from "../endpoints/traffic.ts";
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
    const [, variant = ""] = given.words;
    return changeTraffic((seen) => promoted(seen, variant), given, shell);
  },
};
