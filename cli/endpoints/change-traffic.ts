import type { Shares } from "../../shared/endpoint/definition.ts";
import { Gateway } from "../http/gateway.ts";
import type { Arguments, Shell } from "../terminal/command.ts";
import { endpointPath, endpointSchema, ifStill, readEndpoint, type Endpoint } from "./endpoint.ts";
import { printEndpoint } from "./print-endpoint.ts";

/** Changes the traffic of the endpoint that the command names, if nobody else has changed it since it was seen. */
export async function changeTraffic(
  wantedOf: (seen: Endpoint) => Shares,
  given: Arguments,
  shell: Shell,
): Promise<void> {
  const gateway = new Gateway(given, shell);
  const seen = await readEndpoint(gateway, given.words[0] ?? "");
  const body = JSON.stringify(wantedOf(seen));
  const request = { path: endpointPath(seen.name), method: "PATCH", headers: ifStill(seen), body };
  printEndpoint(await gateway.json(request, endpointSchema), given, shell);
}
