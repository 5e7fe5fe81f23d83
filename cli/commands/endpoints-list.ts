import { endpointListSchema, ENDPOINTS, type Endpoint } from "../endpoints/endpoint.ts";
import { statesText } from "../endpoints/print-endpoint.ts";
import { trafficText } from "../endpoints/traffic.ts";
import { Gateway } from "../http/gateway.ts";
import { gatewayOptions } from "../http/options.ts";
import type { Command } from "../terminal/command.ts";
import { show } from "../terminal/show.ts";
import { table } from "../terminal/table.ts";

/** `endpoints list`: all that the key may use. */
export const endpointsList: Command = {
  name: "endpoints list",
  usage: "",
  summary: "Lists the endpoints, by name.",
  about: "Those that the key may use, with what each variant gets and how they are.",
  options: {
    "--json": "an array of endpoints as the gateway shows them",
    ...gatewayOptions,
  },
  examples: ["endpoints list", "endpoints list --json"],
  async run(given, shell) {
    const { data } = await new Gateway(given, shell).json({ path: ENDPOINTS }, endpointListSchema);
    show(data, table([HEAD, ...data.map(rowOf)], { whole: WHOLE }), given, shell);
  },
};

const HEAD = ["ENDPOINT", "TRAFFIC", "STATE", "CHANGED"];

/** The name, and the day. */
const WHOLE = [0, 3];

function rowOf(endpoint: Endpoint): readonly string[] {
  const { name, updated_at: updated } = endpoint;
  return [name, trafficText(endpoint), statesText(endpoint), updated.slice(0, 10)];
}
