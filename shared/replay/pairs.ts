import { z } from "zod";
import { incrementsOf, type Increments } from "../endpoint/verdict/counters.ts";
import {
  differenceOf,
  saysOfItsVersion,
  type BothSides,
  type Pair,
} from "../endpoint/verdict/pair.ts";
import { versionComparerOf } from "../model/pipelines.ts";
import type { Differing } from "./replays.ts";

const lineSchema = z.looseObject({
  index: z.number(),
  custom_id: z.string().nullable(),
  status: z.enum(["succeeded", "failed", "canceled", "expired"]),
  output: z.unknown().optional(),
  expected: z.unknown().optional(),
});

type Line = z.infer<typeof lineSchema>;

/** What the lines of results of a chunk say of the versions. */
export interface ComparedLines {
  readonly compared: number;
  readonly leftOut: number;
  readonly increments: Increments;
  readonly differing: readonly Differing[];
}

/** What the sides are called. */
const NAMES = { live: "the live version", candidate: "the candidate" };

/**
 * Compares lines of results, line by line: of the live version, and of the candidate for the same items.
 *
 * How long either ran is not compared: a tensor batch is one run of many items, and they ran at other times,
 * beside other work. Counted as pairs it would make the verdict surer than it may be.
 *
 * @param pipeline of the live version: its type
 * @throws {TypeError} when they are not of the same items
 */
export function compareLines(
  { live, candidate }: BothSides<readonly string[]>,
  pipeline: string,
): ComparedLines {
  if (live.length !== candidate.length) throw new TypeError("not results of the same items");
  const sums = new Map<string, number>();
  const differing: Differing[] = [];
  let leftOut = 0;
  for (const [i, text] of live.entries()) {
    const ours = lineOf(text);
    const theirs = lineOf(candidate[i] ?? "");
    if (ours.index !== theirs.index) throw new TypeError("not results of the same items");
    if (!saysOfItsVersion(ours) || !saysOfItsVersion(theirs)) {
      leftOut += 1;
      continue;
    }
    const pair = pairOfLines(ours, theirs, pipeline);
    for (const [field, by] of incrementsOf(pair)) sums.set(field, (sums.get(field) ?? 0) + by);
    const difference = differenceOf(pair, NAMES);
    if (difference === undefined) continue;
    const { index, custom_id: customId } = ours;
    differing.push({ index, customId, difference });
  }
  return { compared: live.length - leftOut, leftOut, increments: sums, differing };
}

function lineOf(text: string): Line {
  return lineSchema.parse(JSON.parse(text));
}

function pairOfLines(live: Line, candidate: Line, pipeline: string): Pair {
  const { compare, isRight } = versionComparerOf({ type: pipeline });
  const failed = { live: live.status === "failed", candidate: candidate.status === "failed" };
  const truth = live.expected;
  return {
    failed,
    comparison:
      failed.live || failed.candidate ? undefined : compare(candidate.output, live.output),
    ranMs: undefined,
    wrong: !("expected" in live)
      ? undefined
      : {
          live: failed.live || !isRight(live.output, truth),
          candidate: failed.candidate || !isRight(candidate.output, truth),
        },
  };
}
