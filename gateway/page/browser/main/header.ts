import type { ComponentChildren } from "preact";
import type { ModelList } from "../../../models/model-schema.ts";
import { several } from "../app/figures.ts";
import { html } from "../app/html.ts";
import type { Route } from "../app/route.ts";
import type { Answer } from "../app/use-answer.ts";
import type { Viewer } from "../app/viewer.ts";

interface HeaderProps {
  readonly viewer: Viewer;
  readonly route: Route;
  readonly models: Answer<ModelList>;
  readonly onSignOut: () => void;
}

const PAGES: readonly (readonly [page: Route["page"], name: string])[] = [
  ["models", "Models"],
  ["jobs", "Jobs"],
  ["queue", "Queue"],
];

export function Header({ viewer, route, models, onSignOut }: HeaderProps): ComponentChildren {
  const [tone, text] = pulseOf(models);
  return html`<header>
    <a class="brand" href="#/models">
      <span class="mark" aria-hidden="true"><i></i><i></i><i></i></span>Scoreline
    </a>
    <nav aria-label="Main">
      ${PAGES.map(
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
      html`<button
        type="button"
        class="btn quiet small"
        title=${whoIs(viewer)}
        onClick=${onSignOut}
      >
        Sign out
      </button>`
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
