import type { ComponentChildren } from "preact";
import type { Scope } from "../../../../shared/access/key.ts";
import type { ModelList } from "../../../models/model-schema.ts";
import { several } from "../app/figures.ts";
import { html } from "../app/html.ts";
import type { Route } from "../app/route.ts";
import { useStrip } from "../app/strip.ts";
import type { Answer } from "../app/use-answer.ts";
import { may, type Viewer } from "../app/viewer.ts";
import { Button } from "../pieces/button.ts";

interface HeaderProps {
  readonly viewer: Viewer;
  readonly route: Route;
  readonly models: Answer<ModelList>;
  readonly onSignOut: () => void;
}

/** The pages, in the order of the header, and the scope that each is for; none: everybody's. */
const PAGES: readonly (readonly [page: Route["page"], name: string, scope?: Scope])[] = [
  ["models", "Models"],
  ["batches", "Batches", "batches:*"],
  ["jobs", "Jobs", "jobs:read"],
  ["queue", "Queue"],
  ["endpoints", "Endpoints"],
  ["deliveries", "Deliveries", "webhooks:*"],
  ["keys", "Keys", "admin"],
  ["processes", "Processes", "operator"],
];

export function Header({ viewer, route, models, onSignOut }: HeaderProps): ComponentChildren {
  const [tone, text] = pulseOf(models);
  const strip = useStrip(route.page);
  return html`<header>
    <a class="brand" href="#/models">
      <span class="mark" aria-hidden="true"><i></i><i></i><i></i></span>Scoreline
    </a>
    <nav ref=${strip} aria-label="Main">
      ${PAGES.filter(([, , scope]) => scope === undefined || may(viewer, scope)).map(
        ([page, name]) =>
          html`<a
            key=${page}
            href=${`#/${page}`}
            aria-current=${route.page === page ? "page" : undefined}
            >${name}</a
          >`,
      )}
      <a href="docs">API</a>
    </nav>
    <div class="pulse" role="status">
      <span class=${`dot ${tone}`} aria-hidden="true"></span>${text}
    </div>
    ${
      viewer.gateway.hasKey &&
      html`<${Button} title=${whoIs(viewer)} onClick=${onSignOut}>Sign out<//>`
    }
  </header>`;
}

function whoIs({ caller: { id, tenant, scopes } }: Viewer): string {
  return `${id ?? "anybody"} of the tenant ${tenant}: ${scopes.join(", ") || "no scopes"}`;
}

/** Whether all is well, in a few words. */
export function pulseOf({
  value,
  error,
}: Pick<Answer<ModelList>, "value" | "error">): readonly [tone: string, text: string] {
  if (error !== undefined) return ["bad", "Connection lost, trying again"];
  if (value === undefined) return ["", "Connecting"];
  const versions = value.data.flatMap((model) => model.versions);
  const ready = versions.filter(({ workers }) => workers.ready > 0);
  if (ready.length === 0) return ["warn", "No worker is ready"];
  const names = new Set(ready.map(({ name }) => name));
  return ["good", `${several(names.size, "model")} ready`];
}
