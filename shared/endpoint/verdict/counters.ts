import { z } from "zod";
import { FieldTable } from "../../redis/fields.ts";
import { binOf, type Histogram } from "./latency.ts";
import { cellOf, type BothSides, type Cell, type Pair, type PairedTable } from "./pair.ts";

/** All that is kept of the pairs of a comparison: it does not grow with their number. */
export interface Counters {
  /** Of all pairs. */
  readonly failed: PairedTable;
  /** Of the pairs whose truth is known. */
  readonly wrong: PairedTable;
  readonly agreed: number;
  /** Sum of each pair's largest difference. */
  readonly differences: number;
  /** Of the pairs in which neither side failed. */
  readonly ranMs: BothSides<Histogram>;
}

const count = z.codec(z.string().optional(), z.number(), {
  decode: (text) => Number(text ?? 0),
  encode: String,
});

/** The fields of a comparison's hash, beside those of the histograms, `l<bin>` and `c<bin>`. */
export const counterFields = new FieldTable({
  /** The end of the id of its first shadow: another where the comparison has begun anew. */
  begun: ["b", z.string().optional()],
  failedNeither: ["fn", count],
  failedLive: ["fl", count],
  failedCandidate: ["fc", count],
  failedBoth: ["fb", count],
  wrongNeither: ["wn", count],
  wrongLive: ["wl", count],
  wrongCandidate: ["wc", count],
  wrongBoth: ["wb", count],
  agreed: ["a", count],
  differences: ["d", count],
});

const { letters } = counterFields;

const FAILED = cellsOf(letters, "failed");
const WRONG = cellsOf(letters, "wrong");

/** Differences beyond it say no more, and their sum must stay a number. */
const DIFFERENCE_MAX = 1e12;

/** By how much which fields grow: all with HINCRBYFLOAT. */
export type Increments = ReadonlyMap<string, number>;

/** What a pair adds to the counters. Counters that were kept apart are added field by field. */
export function incrementsOf({ failed, comparison, ranMs, wrong }: Pair): Increments {
  const increments = new Map([[FAILED[cellOf(failed)], 1]]);
  if (comparison !== undefined) {
    if (comparison.difference === undefined) increments.set(letters.agreed, 1);
    const difference = Math.min(comparison.largest, DIFFERENCE_MAX);
    if (difference > 0) increments.set(letters.differences, difference);
  }
  if (ranMs !== undefined && cellOf(failed) === "neither") {
    increments.set(`l${binOf(ranMs.live)}`, 1).set(`c${binOf(ranMs.candidate)}`, 1);
  }
  return wrong === undefined ? increments : new Map([...increments, ...incrementsOfTruth(wrong)]);
}

/** What is added when a truth becomes known after its pair was counted. */
export function incrementsOfTruth(wrong: BothSides<boolean>): Increments {
  return new Map([[WRONG[cellOf(wrong)], 1]]);
}

/** @param hash as Redis has it; one that is not there is empty */
export function countersOf(hash: Readonly<Record<string, string>>): Counters {
  const fields = counterFields.decode(hash);
  return {
    failed: cellsOf(fields, "failed"),
    wrong: cellsOf(fields, "wrong"),
    agreed: fields.agreed,
    differences: fields.differences,
    ranMs: { live: histogramOf(hash, "l"), candidate: histogramOf(hash, "c") },
  };
}

type CellField = `${"failed" | "wrong"}${Capitalize<Cell>}`;

/** What there is of a table: its values, or the names of its fields. */
function cellsOf<T>(of: Readonly<Record<CellField, T>>, table: "failed" | "wrong") {
  return {
    neither: of[`${table}Neither`],
    live: of[`${table}Live`],
    candidate: of[`${table}Candidate`],
    both: of[`${table}Both`],
  };
}

function histogramOf(hash: Readonly<Record<string, string>>, letter: string): Histogram {
  const bins = Object.entries(hash).flatMap(([field, text]): [number, number][] => {
    const bin = Number(field.slice(1));
    return field.startsWith(letter) && Number.isInteger(bin) && field !== letter
      ? [[bin, Number(text)]]
      : [];
  });
  return new Map(bins.toSorted(([a], [b]) => a - b));
}
