import { z } from "zod";
import { Gateway } from "../http/gateway.ts";
import { gatewayOptions } from "../http/options.ts";
import { laneSchema, printLanes } from "../queue/lane.ts";
import type { Command } from "../terminal/command.ts";

const listSchema = z.object({ data: z.array(laneSchema) });

/** `queue list`: is anything stuck, and why? */
export const queueList: Command = {
  name: "queue list",
  usage: "",
  summary: "Lists lanes with work or paused: what waits and runs.",
  about: `A lane is a model version and a priority: faq-javascript@1.interactive.
IN/OUT are jobs a second.`,
  options: {
    "--all": "also the lanes in which there is nothing",
    "--json": "an array of lanes as the gateway shows them",
    ...gatewayOptions,
  },
  examples: ["queue list", "queue list --all --json"],
  async run(given, shell) {
    const { data } = await new Gateway(given, shell).json({ path: "/v1/queue" }, listSchema);
    const isAll = given.flags["all"] === true;
    const lanes = data.filter(({ depth, paused }) => isAll || depth > 0 || paused !== null);
    if (lanes.length === 0 && given.flags["json"] !== true) {
      shell.notes.write("Nothing waits, and no lane is paused.\n");
    } else printLanes(lanes, given, shell);
  },
};
