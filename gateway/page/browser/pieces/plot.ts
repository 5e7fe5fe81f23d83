import type { ComponentChildren } from "preact";
import { count } from "../app/figures.ts";
import { html } from "../app/html.ts";

/** What a line tells, a value a step, the oldest first; null: not known. */
export interface Series {
  readonly name: string;
  readonly values: readonly (number | null)[];
}

interface PlotProps {
  readonly title: string;
  /** Two at most: the first is the one that counts. */
  readonly series: readonly Series[];
  /** Steps that are marked. */
  readonly marked?: readonly boolean[];
  /** What a value is written as. */
  readonly write?: (value: number) => string;
}

const HEIGHT = 100;

/** Lines over the last hour, with the most on top, and what they end with in words. */
export function Plot({ title, series, marked = [], write = count }: PlotProps): ComponentChildren {
  const top = Math.max(...series.map(({ values }) => most(values)));
  return html`<figure class="plot">
    <figcaption>
      <b>${title}</b>
      ${series.map(
        ({ name, values }, i) =>
          html`<span key=${name} class=${`key line${i}`}>
            ${name} <span class="num">${written(values.at(-1), write)}</span>
          </span>`,
      )}
    </figcaption>
    <div class="field">
      <span class="num top">${write(top)}</span>
      <${Lines}
        series=${series}
        marked=${marked}
        top=${top}
        label=${labelOf(title, series, write)}
      />
    </div>
    <div class="ends" aria-hidden="true"><span>1 h ago</span><span>now</span></div>
  </figure>`;
}

/** One line without words beside it, for a cell of a table. */
export function Spark({ name, values }: Series): ComponentChildren {
  const series = [{ name, values }];
  return html`<span class="spark">
    <${Lines}
      series=${series}
      top=${most(values)}
      label=${labelOf("The last hour", series, count)}
    />
  </span>`;
}

interface LinesProps {
  readonly series: readonly Series[];
  readonly marked?: readonly boolean[];
  readonly top: number;
  readonly label: string;
}

function Lines({ series, marked = [], top, label }: LinesProps): ComponentChildren {
  const steps = Math.max(2, ...series.map(({ values }) => values.length));
  return html`<svg
    viewBox=${`0 0 ${steps - 1} ${HEIGHT}`}
    preserveAspectRatio="none"
    role="img"
    aria-label=${label}
  >
    ${spansOf(marked).map(
      ([from, to]) =>
        html`<rect
          key=${from}
          class="marked"
          x=${from}
          y="0"
          width=${to - from}
          height=${HEIGHT}
        />`,
    )}
    ${series.map(({ name, values }, i) => html`<path key=${name} class=${`line${i}`} d=${pathOf(values, top)} />`)}
  </svg>`;
}

/** A line through what is known: it breaks off where nothing is. */
export function pathOf(values: readonly (number | null)[], top: number): string {
  let isDown = false;
  return values
    .flatMap((value, x) => {
      const letter = isDown ? "L" : "M";
      isDown = value !== null;
      if (value === null) return [];
      const y = top === 0 ? HEIGHT : HEIGHT - (value / top) * HEIGHT;
      return [`${letter}${x} ${Math.round(y * 10) / 10}`];
    })
    .join("");
}

/** From where to where, of those that are marked side by side. */
export function spansOf(marked: readonly boolean[]): readonly (readonly [number, number])[] {
  return marked.flatMap((is, from) => {
    if (!is || marked[from - 1] === true) return [];
    const end = marked.indexOf(false, from);
    return [[from, end === -1 ? marked.length - 1 : end] as const];
  });
}

function most(values: readonly (number | null)[]): number {
  return Math.max(0, ...values.map((value) => value ?? 0));
}

function written(value: number | null | undefined, write: (value: number) => string): string {
  return value === null || value === undefined ? "–" : write(value);
}

function labelOf(
  title: string,
  series: readonly Series[],
  write: (value: number) => string,
): string {
  const parts = series.map(
    ({ name, values }) =>
      `${name} ${written(values.at(-1), write)} now, at most ${write(most(values))}`,
  );
  return `${title}: ${parts.join("; ")}`;
}
