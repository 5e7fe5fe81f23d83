import type { Scope } from "../../../../shared/access/key.ts";
import type { CallerJson } from "../../../access/get-caller.ts";
import type { KeySource } from "../call/call.ts";
import type { Gateway } from "./gateway.ts";

/** Who looks at the page, and through what. */
export interface Viewer {
  readonly gateway: Gateway;
  readonly caller: CallerJson;
}

export function may({ caller }: Viewer, scope: Scope): boolean {
  return caller.scopes.includes(scope);
}

/** The variable that the command line reads a key from, too. */
const VARIABLE = "SCORELINE_API_KEY";

/** Where code that is shown takes the key from. */
export function keySourceOf({ gateway }: Viewer): KeySource {
  return gateway.hasKey ? { from: "variable", name: VARIABLE } : { from: "nowhere" };
}

/** Of the gateway, as this browser reaches it. */
export function gatewayUrl(): string {
  return new URL(".", document.baseURI).href.replace(/\/$/, "");
}
