import type { ComponentChildren } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";
import type { CallerJson } from "../../../access/get-caller.ts";
import type { ModelList } from "../../../models/model-schema.ts";
import { BatchPage } from "../batches/batch-page.ts";
import { BatchesPage } from "../batches/batches-page.ts";
import { DeliveriesPage } from "../deliveries/deliveries.ts";
import { DeliveryPage } from "../deliveries/delivery.ts";
import { EndpointPage } from "../endpoints/endpoint.ts";
import { EndpointsPage } from "../endpoints/endpoints.ts";
import { JobPage } from "../jobs/job-page.ts";
import { JobsPage } from "../jobs/jobs-page.ts";
import { KeysPage } from "../keys/keys.ts";
import { ModelsPage } from "../pages/models.ts";
import { ProcessesPage } from "../processes/processes.ts";
import { QueuePage } from "../queue/queue.ts";
import { SignIn } from "../pages/sign-in.ts";
import { ProblemNote } from "../pieces/problem.ts";
import { Empty, Loading } from "../pieces/states.ts";
import { Toasts } from "../pieces/toast.ts";
import { Gateway } from "../app/gateway.ts";
import { Header } from "./header.ts";
import { useSignIn } from "./use-sign-in.ts";
import { html } from "../app/html.ts";
import { issuerOf } from "../app/issuer.ts";
import { routeOf, titleOf, type Route } from "../app/route.ts";
import { useAnswer } from "../app/use-answer.ts";
import type { Viewer } from "../app/viewer.ts";
import { Uploads } from "../upload/uploads.ts";

const MODELS_EVERY_MS = 5000;

const uploads = new Uploads();
const ENDED = "The gateway does not know this key, or it has ended.";

/** What the page itself says of its gateway, so that nobody needs to be asked. */
const said = (name: string): string | undefined =>
  document.querySelector<HTMLMetaElement>(`meta[name="scoreline-${name}"]`)?.content;

/** The whole page: who looks, where, and at what. */
export function App(): ComponentChildren {
  // First: it must hear when the fragment is taken out of the address.
  const route = useRoute();
  const [issuer] = useState(() => issuerOf(said("issuer")));
  const { key, isArriving, notice, signIn, signOut } = useSignIn(issuer);
  const gateway = useMemo(() => new Gateway(key, () => signOut(ENDED)), [key]);
  const isLocked = isArriving || (key === undefined && said("auth") !== "off");
  const caller = useAnswer<CallerJson>(gateway, isLocked ? undefined : "/v1/caller");
  const { value, error } = caller;
  const isAsked = value === undefined && isLocked && !isArriving;
  useEffect(() => {
    document.title = isAsked ? "Sign in · Scoreline" : titleOf(route);
  }, [route, isAsked]);
  if (value !== undefined) {
    return html`<${Signed}
      viewer=${{ gateway, caller: value }}
      route=${route}
      onSignOut=${() => signOut()}
    />`;
  }
  if (isAsked) {
    return html`<${SignIn} notice=${notice} issuer=${issuer} onKey=${signIn} />`;
  }
  if (error !== undefined) {
    return html`<main class="alone">
      <h1>Scoreline</h1>
      <${ProblemNote} error=${error} />
      <button type="button" class="btn" onClick=${caller.again}>Try again</button>
    </main>`;
  }
  return html`<main class="alone"><${Loading} what="Scoreline" /></main>`;
}

interface SignedProps {
  readonly viewer: Viewer;
  readonly route: Route;
  readonly onSignOut: () => void;
}

function Signed({ viewer: given, route, onSignOut }: SignedProps): ComponentChildren {
  const viewer = useMemo(() => given, [given.gateway, given.caller]);
  const models = useAnswer<ModelList>(viewer.gateway, "/v1/models", MODELS_EVERY_MS);
  useEffect(() => {
    addEventListener("beforeunload", askBeforeLeaving);
    return () => removeEventListener("beforeunload", askBeforeLeaving);
  }, []);
  return html`<${Toasts}>
    <a class="skip" href="#main" onClick=${skip}>Skip to the content</a>
    <${Header} viewer=${viewer} route=${route} models=${models} onSignOut=${onSignOut} />
    ${pageOf(route, viewer, models)}
  <//>`;
}

/** An upload ends with the page. */
function askBeforeLeaving(event: BeforeUnloadEvent): void {
  if (uploads.areBusy) event.preventDefault();
}

/** The fragment is the page's address: it stays as it is. */
function skip(event: Event): void {
  event.preventDefault();
  document.querySelector<HTMLElement>("#main")?.focus();
}

function pageOf(
  route: Route,
  viewer: Viewer,
  models: ReturnType<typeof useAnswer<ModelList>>,
): ComponentChildren {
  switch (route.page) {
    case "models":
      return html`<${ModelsPage}
        viewer=${viewer}
        models=${models}
        name=${route.model}
        tab=${route.tab}
      />`;
    case "batches": {
      const shown = { viewer, models: models.value, uploads };
      return route.id === undefined
        ? html`<${BatchesPage} ...${shown} query=${route.query} />`
        : html`<${BatchPage} key=${route.id} ...${shown} id=${route.id} />`;
    }
    case "jobs":
      return route.id === undefined
        ? html`<${JobsPage} viewer=${viewer} models=${models.value} query=${route.query} />`
        : html`<${JobPage} key=${route.id} viewer=${viewer} id=${route.id} />`;
    case "queue":
      return html`<${QueuePage} viewer=${viewer} lane=${route.lane} />`;
    case "endpoints":
      return route.name === undefined
        ? html`<${EndpointsPage} viewer=${viewer} />`
        : html`<${EndpointPage}
            key=${route.name}
            viewer=${viewer}
            models=${models.value}
            name=${route.name}
          />`;
    case "deliveries":
      return route.id === undefined
        ? html`<${DeliveriesPage} viewer=${viewer} query=${route.query} />`
        : html`<${DeliveryPage} key=${route.id} viewer=${viewer} id=${route.id} />`;
    case "keys":
      return html`<${KeysPage} viewer=${viewer} />`;
    case "processes":
      return html`<${ProcessesPage} viewer=${viewer} />`;
    case "nowhere":
      return html`<main id="main" tabindex="-1" class="alone">
        <h1>There is no such page</h1>
        <${Empty} title="Nothing is at this address."
          ><p><a href="#/models">See the models</a></p><//
        >
      </main>`;
  }
}

function useRoute(): Route {
  const [fragment, setFragment] = useState(location.hash);
  useEffect(() => {
    const onChange = (): void => setFragment(location.hash);
    addEventListener("hashchange", onChange);
    return () => removeEventListener("hashchange", onChange);
  }, []);
  return useMemo(() => routeOf(fragment), [fragment]);
}
