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

/** How many pairs a table counts. */
export function sizeOf({ both, live, candidate, neither }: PairedTable): number {
  return both + live + candidate + neither;
}
