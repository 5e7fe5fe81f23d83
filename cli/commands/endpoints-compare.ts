import { comparisonLines, comparisonListSchema } from "../endpoints/comparison.ts";
import { endpointPath } from "../endpoints/endpoint.ts";
import { Gateway } from "../http/gateway.ts";
import { gatewayOptions } from "../http/options.ts";
import type { Command } from "../terminal/command.ts";
import { show } from "../terminal/show.ts";

/** `endpoints compare`: how the shadows of an endpoint do beside its variants. */
export const endpointsCompare: Command = {
  name: "endpoints compare",
  usage: "NAME",
  summary: "Says whether an endpoint's shadows are better or worse.",
  about: `For each shadow and variant: the verdict, why, and the figures behind it with
intervals that hold however often you look.`,
  options: {
    "--json": "an array of comparisons as the gateway shows them",
    ...gatewayOptions,
  },
  examples: ["endpoints compare photos", "endpoints compare photos --json"],
  async run(given, shell) {
    const path = `${endpointPath(given.words[0] ?? "")}/comparisons`;
    const { data } = await new Gateway(given, shell).json({ path }, comparisonListSchema);
    const lines = data.flatMap((one, i) => [...(i === 0 ? [] : [""]), ...comparisonLines(one)]);
    show(data, data.length === 0 ? ["no shadows"] : lines, given, shell);
    return 0;
  },
};
