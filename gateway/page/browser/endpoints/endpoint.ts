import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { ComparisonList } from "../../../endpoints/comparisons.ts";
import type { EndpointJson } from "../../../endpoints/endpoint-json.ts";
import type { ModelList } from "../../../models/model-schema.ts";
import { html } from "../app/html.ts";
import { useAnswer, type Answer } from "../app/use-answer.ts";
import { may, type Viewer } from "../app/viewer.ts";
import { Button } from "../pieces/button.ts";
import { Chip } from "../pieces/chip.ts";
import { Confirm } from "../pieces/confirm.ts";
import { Lacking, Missing } from "../pieces/states.ts";
import { useToast } from "../pieces/toast.ts";
import { ComparisonCard } from "./comparison-card.ts";
import { EndpointCall } from "./endpoint-call.ts";
import { NewShadow } from "./new-shadow.ts";
import { Replays } from "./replays.ts";
import { promoted } from "./traffic.ts";
import { TrafficCard } from "./traffic-card.ts";
import { useChange, withoutState, type Changing } from "./use-change.ts";
import type { Comparison } from "./verdict.ts";

const EVERY_MS = 5000;

interface EndpointPageProps {
  readonly viewer: Viewer;
  readonly models: ModelList | undefined;
  readonly name: string;
}

/** One endpoint: who gets how much, and whether the new version is better. */
export function EndpointPage({ viewer, models, name }: EndpointPageProps): ComponentChildren {
  const path = `/v1/endpoints/${encodeURIComponent(name)}`;
  const answer = useAnswer<EndpointJson>(viewer.gateway, path, EVERY_MS);
  const { value, error } = answer;
  return html`<main id="main" tabindex="-1" class="page">
    <p class="small"><a href="#/endpoints">Endpoints</a></p>
    ${value === undefined && html`<h1>${name}</h1>`}
    <${Missing} what="the endpoint" value=${value} error=${error} />
    ${
      value !== undefined &&
      html`<${EndpointView} viewer=${viewer} models=${models} endpoint=${value} answer=${answer} />`
    }
  </main>`;
}

interface EndpointViewProps {
  readonly viewer: Viewer;
  readonly models: ModelList | undefined;
  readonly endpoint: EndpointJson;
  readonly answer: Answer<EndpointJson>;
}

function EndpointView({ viewer, models, endpoint, answer }: EndpointViewProps): ComponentChildren {
  const { name, revision, description, urls } = endpoint;
  const { gateway } = viewer;
  const mayChange = may(viewer, "operator");
  const live = endpoint.variants.find((variant) => variant.name === endpoint.default);
  const changing = useChange(gateway, endpoint, answer);
  const { value: comparisons, error } = useAnswer<ComparisonList>(
    gateway,
    `${urls.self}/comparisons`,
    EVERY_MS,
  );
  return html`<div class="top">
      <h1>${name}</h1>
      <${Chip} text=${`revision ${revision}`} />
      ${mayChange && html`<${Deletion} viewer=${viewer} endpoint=${endpoint} />`}
    </div>
    ${description !== "" && html`<p class="lead">${description}</p>`}
    ${!mayChange && html`<${Lacking} scope="operator" what="move this endpoint's traffic" />`}
    <${TrafficCard}
      endpoint=${endpoint}
      comparisons=${comparisons}
      changing=${changing}
      mayChange=${mayChange}
    />
    <section class="same">
      <h2 class="question">Is the new version better?</h2>
      <${Missing} what="the comparisons" value=${comparisons} error=${error} />
      ${
        comparisons?.data.length === 0 &&
        html`<p>
          Nothing is compared. A shadow scores the same requests, and no client sees what it says:
          so a version is tried on your own traffic before anybody gets its answers.
        </p>`
      }
      ${comparisons?.data.map(
        (comparison) =>
          html`<${ComparisonCard}
            key=${`${comparison.shadow} ${comparison.variant}`}
            comparison=${comparison}
            limits=${endpoint.compare}
          >
            ${mayChange && html`<${Moves} endpoint=${endpoint} comparison=${comparison} changing=${changing} />`}
          <//>`,
      )}
      ${mayChange && html`<${NewShadow} endpoint=${endpoint} models=${models} changing=${changing} />`}
    </section>
    <${Replays} gateway=${gateway} self=${urls.self} />
    ${live !== undefined && html`<${EndpointCall} viewer=${viewer} name=${name} model=${live.model} />`}`;
}

interface MovesProps {
  readonly endpoint: EndpointJson;
  readonly comparison: Comparison;
  readonly changing: Changing;
}

/** What follows from a verdict. Both can be taken back, so neither asks. */
function Moves({ endpoint, comparison, changing }: MovesProps): ComponentChildren {
  const { name, shadows, variants, default: chosen } = endpoint;
  const { shadow, candidate } = comparison;
  const known = variants.find(({ model }) => model === candidate);
  const wanted = known ?? { name: shadow, model: candidate };
  const isPromoted = known?.name === chosen && known.traffic === 100;
  const promote = (): void => {
    const text = `${wanted.name} is the default of ${name}, with all the traffic.`;
    void changing.change({ text, body: promoted(endpoint, wanted) });
  };
  const stop = (): void => {
    const body = { shadows: shadows.filter((it) => it.name !== shadow).map(withoutState) };
    void changing.change({ text: `${candidate} is compared no longer.`, body });
  };
  return html`<div class="dropbar">
    ${
      !isPromoted &&
      html`<${Button} look="quiet" disabled=${changing.isBusy} onClick=${promote}>
        Give ${candidate} all the traffic
      <//>`
    }
    <${Button} look="quiet" disabled=${changing.isBusy} onClick=${stop}>Stop comparing<//>
  </div>`;
}

function Deletion({
  viewer,
  endpoint,
}: Pick<EndpointViewProps, "viewer" | "endpoint">): ComponentChildren {
  const [isAsked, ask] = useState(false);
  const show = useToast();
  const { name, revision, urls } = endpoint;
  const remove = async (): Promise<void> => {
    const headers = { "if-match": `"${revision}"` };
    await viewer.gateway.send("DELETE", urls.self, undefined, headers);
    show({ text: `The endpoint ${name} is deleted.` });
    location.hash = "#/endpoints";
  };
  return html`<${Button} onClick=${() => ask(true)}>Delete<//> ${
      isAsked &&
      html`<${Confirm}
        title=${`Delete the endpoint ${name}?`}
        word=${name}
        action="Delete"
        onConfirm=${remove}
        onClose=${() => ask(false)}
      >
        <p>
          Its name then means the model of that name, or nothing. Jobs that are queued or running go
          on; its comparisons and earlier traffic are forgotten.
        </p>
      <//>`
    }`;
}
