/** How many items had ended, and when that was seen, in ms. */
export interface Sample {
  readonly atMs: number;
  readonly ended: number;
}

/** How fast a batch goes. */
export interface Pace {
  /** Items a second; undefined until it can be told. */
  readonly perSecond: number | undefined;
  /** Since an item has ended, as far as was looked on. */
  readonly stillMs: number;
}

/** What is further back says nothing of now. */
const WINDOW_MS = 15_000;
/** In less time a rate is chance. */
const LEAST_MS = 900;

/** The samples that still count, with the newest. A count that falls is that of a new attempt. */
export function withSample(samples: readonly Sample[], sample: Sample): readonly Sample[] {
  const last = samples.at(-1);
  if (last !== undefined && sample.ended < last.ended) return [sample];
  const recent = samples.filter(({ atMs }) => sample.atMs - atMs <= WINDOW_MS);
  // One from before the window says how long nothing has ended.
  const before = samples.findLast(({ atMs }) => sample.atMs - atMs > WINDOW_MS);
  return [...(before === undefined ? [] : [before]), ...recent, sample];
}

export function paceOf(samples: readonly Sample[]): Pace {
  const last = samples.at(-1);
  if (last === undefined) return { perSecond: undefined, stillMs: 0 };
  const first = samples.find(({ atMs }) => last.atMs - atMs <= WINDOW_MS) ?? last;
  const ms = last.atMs - first.atMs;
  const moved = samples.find(({ ended }) => ended === last.ended) ?? last;
  return {
    perSecond: ms < LEAST_MS ? undefined : ((last.ended - first.ended) * 1000) / ms,
    stillMs: last.atMs - moved.atMs,
  };
}
