import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { ComparisonList } from "../../../endpoints/comparisons.ts";
import type { EndpointJson } from "../../../endpoints/endpoint-json.ts";
import { html } from "../app/html.ts";
import { Button } from "../pieces/button.ts";
import { ProblemNote } from "../pieces/problem.ts";
import { ShareBar } from "./share-bar.ts";
import {
  bodyWith,
  changesBetween,
  earlierShares,
  moved,
  promoted,
  sharesOf,
  sharesText,
  type Shares,
} from "./traffic.ts";
import type { Changing } from "./use-change.ts";
import { VariantRow } from "./variant-row.ts";

interface TrafficCardProps {
  readonly endpoint: EndpointJson;
  readonly comparisons: ComparisonList | undefined;
  readonly changing: Changing;
  readonly mayChange: boolean;
}

/** What somebody is about to do, and to which revision. */
interface Draft {
  readonly revision: number;
  readonly shares: Shares;
}

/** Who gets how much; sliders move it, and nothing happens before it is applied. */
export function TrafficCard(props: TrafficCardProps): ComponentChildren {
  const { endpoint, comparisons, changing, mayChange } = props;
  const { name, variants, default: chosen, revision } = endpoint;
  const now = sharesOf(endpoint);
  const [draft, setDraft] = useState<Draft>();
  const shares = draft?.shares ?? now;
  const isStale = draft !== undefined && draft.revision !== revision;
  const move = (it: string) => (percent: number) =>
    setDraft({
      revision: draft?.revision ?? revision,
      shares: moved(shares, { name: it, percent }, chosen),
    });
  const changes = draft === undefined ? [] : changesBetween(now, draft.shares);
  const apply = async (): Promise<void> => {
    const text = `${name} is now ${sharesText(shares)}.`;
    if (await changing.change({ text, body: bodyWith(endpoint, shares) })) setDraft(undefined);
  };
  const promote = (variant: EndpointJson["variants"][number]) => () => {
    setDraft(undefined);
    const text = `${variant.name} is the default of ${name}, with all the traffic.`;
    void changing.change({ text, body: promoted(endpoint, variant) });
  };
  const canMove = mayChange && variants.length > 1;
  return html`<section class="card traffic" aria-label="Traffic">
    <h2>Traffic</h2>
    <${ShareBar} shares=${shares} />
    <ul class="variants">
      ${variants.map(
        (variant, i) =>
          html`<${VariantRow}
            key=${variant.name}
            variant=${variant}
            i=${i}
            isDefault=${variant.name === chosen}
            share=${shares.get(variant.name) ?? 0}
            comparisons=${comparisons}
            onMove=${canMove ? move(variant.name) : undefined}
            onPromote=${variant.name === chosen && variant.traffic === 100 ? undefined : promote(variant)}
          />`,
      )}
    </ul>
    ${
      (isStale || changing.conflict !== undefined) &&
      html`<${MeanwhileNote}
        endpoint=${endpoint}
        seen=${draft?.revision ?? changing.conflict?.seen}
        onKeep=${isStale && hasSameVariants(now, draft.shares) ? () => setDraft({ ...draft, revision }) : undefined}
        onDrop=${() => {
          setDraft(undefined);
          changing.settle();
        }}
      />`
    }
    ${changing.error !== undefined && html`<${ProblemNote} error=${changing.error} />`}
    ${
      draft !== undefined &&
      !isStale &&
      html`<div class="pending">
        <p>
          ${changes.length === 0 && "Nothing changes."}
          ${changes.map(
            ({ name: it, from, to }) =>
              html`<span key=${it}>${it} <span class="num">${from} % → ${to} %</span></span>`,
          )}
        </p>
        <button
          type="button"
          class="btn"
          disabled=${changes.length === 0 || changing.isBusy}
          onClick=${() => void apply()}
        >
          Apply
        </button>
        <${Button} look="quiet" onClick=${() => setDraft(undefined)}>Reset<//>
      </div>`
    }
    <${Before} endpoint=${endpoint} changing=${changing} mayChange=${mayChange} />
  </section>`;
}

interface MeanwhileProps {
  readonly endpoint: EndpointJson;
  readonly seen: number | undefined;
  readonly onKeep: (() => void) | undefined;
  readonly onDrop: () => void;
}

/** Somebody else has changed it: what it is now, before anything is overwritten. */
function MeanwhileNote({ endpoint, seen, onKeep, onDrop }: MeanwhileProps): ComponentChildren {
  return html`<div class="note warn" role="alert">
    <b>Somebody has changed this endpoint meanwhile</b>
    <p>
      You looked at revision ${seen}; revision ${endpoint.revision} is
      ${" "}<b>${sharesText(sharesOf(endpoint))}</b>. Nothing of yours was applied.
    </p>
    <div class="dropbar">
      ${onKeep !== undefined && html`<${Button} onClick=${onKeep}>Go on with mine<//>`}
      <${Button} onClick=${onDrop}>Leave it as it is<//>
    </div>
  </div>`;
}

function hasSameVariants(one: Shares, other: Shares): boolean {
  return one.size === other.size && [...one.keys()].every((name) => other.has(name));
}

/** How traffic was divided before, and the way back. */
function Before({
  endpoint,
  changing,
  mayChange,
}: Pick<TrafficCardProps, "endpoint" | "changing" | "mayChange">): ComponentChildren {
  const { history, name } = endpoint;
  const [last] = history;
  if (last === undefined) return null;
  const text = sharesText(earlierShares(last));
  const back = (): void => {
    const body = { variants: last.variants, default: last.default };
    void changing.change({ text: `${name} is rolled back to ${text}.`, body });
  };
  return html`<div class="before">
      <p class="small">Before: ${text}</p>
      ${mayChange && html`<${Button} disabled=${changing.isBusy} onClick=${back}>Roll back<//>`}
    </div>
    <details>
      <summary>Earlier traffic</summary>
      <ul class="reasons">
        ${history.map(
          (earlier) =>
            html`<li key=${earlier.revision}>
              ${sharesText(earlierShares(earlier))}
              <span class="small">until <time>${earlier.until}</time></span>
            </li>`,
        )}
      </ul>
    </details>`;
}
