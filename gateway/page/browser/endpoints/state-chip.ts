import type { ComponentChildren } from "preact";
import type { EndpointJson } from "../../../endpoints/endpoint-json.ts";
import { several } from "../app/figures.ts";
import { html } from "../app/html.ts";
import { Chip } from "../pieces/chip.ts";
import type { Standing } from "../pieces/tone.ts";

type State = EndpointJson["variants"][number]["state"];

const LOOKS: Readonly<Record<State["status"], Standing>> = {
  ready: ["good", "ready"],
  starting: ["warn", "starting"],
  scales_from_zero: ["plain", "scales from zero"],
  not_pulled: ["warn", "not pulled yet"],
  unavailable: ["bad", "unavailable"],
  archived: ["plain", "archived"],
  missing: ["bad", "missing"],
};

/** How a version is, as its workers report it. */
export function StateChip({ state }: { state: State }): ComponentChildren {
  const [tone, text] = LOOKS[state.status];
  const on = state.status === "ready" ? ` on ${several(state.workers.ready, "worker")}` : "";
  return html`<${Chip} tone=${tone} text=${`${text}${on}`} />`;
}
