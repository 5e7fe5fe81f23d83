import { patchEndpoint, readEndpoint } from "../endpoints/endpoint.ts";
import { printEndpoint } from "../endpoints/print-endpoint.ts";
import { before } from "../endpoints/traffic.ts";
import { Gateway } from "../http/gateway.ts";
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
  async run(given, shell) {
    const gateway = new Gateway(given, shell);
    const seen = await readEndpoint(gateway, given.words[0] ?? "");
    printEndpoint(await patchEndpoint(gateway, seen, before(seen)), given, shell);
  },
};
