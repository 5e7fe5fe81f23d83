import { changeTraffic } from "../endpoints/change-traffic.ts";
import { before } from "../endpoints/traffic.ts";
import { answerOptions } from "../http/options.ts";
import type { Command } from "../terminal/command.ts";

/** `endpoints rollback`: the traffic as it was before. */
export const endpointsRollback: Command = {
  name: "endpoints rollback",
  usage: "NAME",
  summary: "Takes back the last change of an endpoint's traffic.",
  about: `The variants, their versions and shares, and the default become those of before
the last change. A second rollback takes back the first. Needs a key with the
scope operator.`,
  options: answerOptions,
  examples: ["endpoints rollback photos"],
  run: async (given, shell) => changeTraffic(before, given, shell),
};
