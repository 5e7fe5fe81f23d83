import type { ComponentChildren } from "preact";
import { html } from "../app/html.ts";
import { ProblemNote } from "./problem.ts";

/** While nothing has come yet. */
export function Loading({ what }: { what: string }): ComponentChildren {
  return html`<p class="empty" role="status">Loading ${what} …</p>`;
}

interface MissingProps {
  readonly what: string;
  readonly value: unknown;
  readonly error: Error | undefined;
}

/** Why a value is not there, or not as it is now; nothing once it is. */
export function Missing({ what, value, error }: MissingProps): ComponentChildren {
  if (error !== undefined) return html`<${ProblemNote} error=${error} />`;
  return value === undefined && html`<${Loading} what=${what} />`;
}

/** There is nothing, and what to do about it. */
export function Empty({
  title,
  children,
}: {
  title: string;
  children?: ComponentChildren;
}): ComponentChildren {
  return html`<div class="card empty"><b>${title}</b>${children}</div>`;
}

/** The key lacks what this needs. */
export function Lacking({ scope, what }: { scope: string; what: string }): ComponentChildren {
  return html`<div class="note warn">
    <b>Your key may not ${what}</b>
    <p>
      It lacks the scope <code>${scope}</code>. Sign in with another key, or have an admin create
      one: <code>scoreline keys create NAME --scopes ${scope}</code>
    </p>
  </div>`;
}
