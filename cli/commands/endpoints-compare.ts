import { comparisonListLines, comparisonListSchema } from "../endpoints/comparison.ts";
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
intervals that hold however often you look. Then, by the labels of its jobs, how
often each variant was right.`,
  options: {
    "--json": "the comparisons and the variants as the gateway shows them",
    ...gatewayOptions,
  },
  examples: ["endpoints compare photos", "endpoints compare photos --json"],
  async run(given, shell) {
    const path = `${endpointPath(given.words[0] ?? "")}/comparisons`;
    const list = await new Gateway(given, shell).json({ path }, comparisonListSchema);
    show(list, comparisonListLines(list), given, shell);
  },
};
