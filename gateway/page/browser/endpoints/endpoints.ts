import type { ComponentChildren } from "preact";
import type { EndpointJson, EndpointList } from "../../../endpoints/endpoint-json.ts";
import { browserNowMs } from "../app/clock.ts";
import { ago } from "../app/figures.ts";
import { html } from "../app/html.ts";
import { useAnswer } from "../app/use-answer.ts";
import type { Viewer } from "../app/viewer.ts";
import { Empty, Missing } from "../pieces/states.ts";
import { hueOf, ShareBar } from "./share-bar.ts";
import { StateChip } from "./state-chip.ts";
import { sharesOf } from "./traffic.ts";

const EVERY_MS = 5000;

/** All endpoints that the viewer may use, and who gets how much. */
export function EndpointsPage({ viewer }: { viewer: Viewer }): ComponentChildren {
  const { value, error } = useAnswer<EndpointList>(viewer.gateway, "/v1/endpoints", EVERY_MS);
  return html`<main id="main" tabindex="-1" class="page">
    <h1>Endpoints</h1>
    <p class="lead">
      A name that stands for several versions of a model. You decide who answers, while requests
      arrive.
    </p>
    <${Missing} what="the endpoints" value=${value} error=${error} />
    ${value?.data.length === 0 && html`<${None} />`}
    <div class="endpoints">
      ${value?.data.map((endpoint) => html`<${EndpointBrief} key=${endpoint.name} endpoint=${endpoint} />`)}
    </div>
  </main>`;
}

function None(): ComponentChildren {
  return html`<${Empty} title="No endpoints yet.">
    <p>
      A model needs none: its bare name means its default version. Make one to send part of its
      requests to another version, or to compare the two. Write it to a file, <code>faq.json</code>:
    </p>
    <pre class="json"><code>${EXAMPLE}</code></pre>
    <p><code>npx scoreline endpoints apply -f faq.json</code></p>
  <//>`;
}

const EXAMPLE = `{
  "name": "faq",
  "variants": [
    { "name": "blue", "model": "faq-javascript@1", "share": 90, "type": "control" },
    { "name": "green", "model": "faq-javascript@2", "share": 10 }
  ]
}`;

function EndpointBrief({ endpoint }: { endpoint: EndpointJson }): ComponentChildren {
  const { name, description, variants, shadows, updated_at: at } = endpoint;
  return html`<section class="card" aria-label=${name}>
    <div class="top">
      <h3><a href=${`#/endpoints/${name}`}>${name}</a></h3>
      ${description !== "" && html`<span class="small">${description}</span>`}
      <span class="small changed" title=${at}
        >${at !== null && `changed ${ago(at, browserNowMs())}`}</span
      >
    </div>
    <${ShareBar} shares=${sharesOf(endpoint)} />
    <ul class="variants brief">
      ${variants.map(
        (variant, i) =>
          html`<li key=${variant.name}>
            <b><i class=${`swatch ${hueOf(i)}`} aria-hidden="true"></i>${variant.name}</b>
            <span class="num">${variant.traffic} %</span> ${variant.model} ${" "}<${StateChip}
              state=${variant.state}
            />
          </li>`,
      )}
      ${shadows.map((shadow) => html`<li key=${`shadow ${shadow.name}`}>shadow <b>${shadow.name}</b> ${shadow.model}</li>`)}
    </ul>
  </section>`;
}
