import { show } from "../terminal/show.ts";
import { table, wrap } from "../terminal/table.ts";
import type { Arguments, Shell } from "../terminal/command.ts";
import type { Endpoint, Variant } from "./endpoint.ts";
import { trafficText } from "./traffic.ts";

const HEAD = ["VARIANT", "MODEL", "TRAFFIC", "TYPE", "STATE"];

/** Names are there to be copied. */
const WHOLE = [0, 1];

/** Prints an endpoint: as JSON with `--json`, else for a person. */
export function printEndpoint(endpoint: Endpoint, given: Arguments, shell: Shell): void {
  show(endpoint, endpointLines(endpoint), given, shell);
}

function endpointLines(endpoint: Endpoint): readonly string[] {
  const { name, revision, description, variants, shadows, history } = endpoint;
  const rows = [
    ...variants.map((variant) => rowOf(variant, endpoint)),
    ...shadows.map((shadow) => shadowRow(shadow)),
  ];
  const [last] = history;
  return [
    `${name}  revision ${revision}, changed ${endpoint.updated_at}`,
    ...(description === "" ? [] : wrap(description)),
    "",
    ...table([HEAD, ...rows], { whole: WHOLE }),
    ...[...variants, ...shadows].flatMap(({ name: variant, state: { detail } }) =>
      detail === null ? [] : ["", ...wrap(`${variant}: ${detail}`)],
    ),
    ...(endpoint.capture_state === "unheard" ? ["", ...wrap(UNHEARD)] : []),
    ...(last === undefined ? [] : ["", ...wrap(`before   ${trafficText(last)}`)]),
  ];
}

const UNHEARD =
  "capture  nothing is recorded: no courier has a CAPTURE_FOLDER. Set it where couriers start; with npm start: CAPTURE_FOLDER=/absolute/path npm start";

function rowOf({ name, model, traffic, type, state }: Variant, endpoint: Endpoint): string[] {
  const label = name === endpoint.default ? `${name} *` : name;
  return [label, model, `${traffic} %`, type, stateText(state)];
}

/** It scores so many requests as well, and its answers reach nobody. */
function shadowRow({ name, model, percent, state }: Endpoint["shadows"][number]): string[] {
  return [name, model, `${percent} %`, "shadow", stateText(state)];
}

function stateText({ status, workers: { ready } }: Variant["state"]): string {
  if (status !== "ready") return status.replaceAll("_", " ");
  return `ready, ${ready} ${ready === 1 ? "worker" : "workers"}`;
}

/** `ready`, or which variants are not, and how they are. */
export function statesText({ variants }: Pick<Endpoint, "variants">): string {
  const others = variants.filter(({ state }) => state.status !== "ready");
  if (others.length === 0) return "ready";
  return others.map(({ name, state }) => `${name} ${stateText(state)}`).join(", ");
}
