/** The two versions that are compared: the one whose output the client got, and the one that is tried. */
export const sides = ["live", "candidate"] as const;
export type Side = (typeof sides)[number];

/** One thing, as it is on either side. */
export type BothSides<T> = Readonly<Record<Side, T>>;

/** One input that both versions have been through. */
export interface Pair {
  readonly failed: BothSides<boolean>;
  /** How the outputs compare, by the pipeline's `versions`; undefined unless there are two. */
  readonly comparison:
    { readonly difference: string | undefined; readonly largest: number } | undefined;
  /** How long either ran, in ms, without the time that it waited: a shadow waits by design. */
  readonly ranMs: BothSides<number> | undefined;
  /** Whose output was not the right one, where the truth is known. A side that failed was wrong. */
  readonly wrong: BothSides<boolean> | undefined;
}

/** Where something happened in a pair. */
export type Cell = Side | "both" | "neither";

/** In how many pairs it happened there. */
export type PairedTable = Readonly<Record<Cell, number>>;

export function cellOf({ live, candidate }: BothSides<boolean>): Cell {
  if (live === candidate) return live ? "both" : "neither";
  return live ? "live" : "candidate";
}

/** Whether a job, or an item, says anything of its version: one that nobody began in time does not. */
export function saysOfItsVersion({ status }: { readonly status: string }): boolean {
  return status === "succeeded" || status === "failed";
}

/** Of a difference that is kept. */
const CHARACTERS_MAX = 300;

/** How the sides of a pair differ; undefined when they do not. @param names what they are called */
export function differenceOf(pair: Pair, names: BothSides<string>): string | undefined {
  const difference = pair.comparison?.difference ?? failureOf(pair, names);
  return difference?.slice(0, CHARACTERS_MAX);
}

function failureOf({ failed }: Pair, { live, candidate }: BothSides<string>): string | undefined {
  if (failed.live === failed.candidate) return undefined;
  return failed.live
    ? `${live} failed, ${candidate} did not`
    : `${candidate} failed, ${live} did not`;
}

/** How many pairs a table counts. */
export function sizeOf({ both, live, candidate, neither }: PairedTable): number {
  return both + live + candidate + neither;
}
