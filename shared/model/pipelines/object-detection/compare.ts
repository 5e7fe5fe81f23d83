import { z } from "zod";
import { compareValues, isNear, isRecord, type Comparer, type Comparison } from "../compare.ts";
import { valueVersions, type VersionComparer } from "../versions.ts";
import { overlapOf, type Box } from "./boxes.ts";

/** From this overlap on, two boxes are of the same thing: the usual measure of detectors (PASCAL VOC). */
const SAME_THING = 0.5;
/** How far the overlap of a known box and its like may be from 1: float32 sums move a side by less than a hundredth of a pixel. */
const KNOWN_BOX = 0.01;

const box = z.object({
  xmin: z.number(),
  ymin: z.number(),
  xmax: z.number(),
  ymax: z.number(),
});
const detection = z.looseObject({ label: z.string(), score: z.number(), box });
const answer = z.looseObject({ detections: z.array(detection) });
type Detection = z.infer<typeof detection>;

/**
 * An output with the one that the same version is known to give: each thing is there, by its label and
 * an overlap of 0.99, with its score, wherever it stands in the list; and nothing else is.
 */
export const compareDetections: Comparer = (actual, wanted, tolerance) => {
  const [got, known] = [answer.safeParse(actual), answer.safeParse(wanted)];
  if (!got.success || !known.success) return compareValues(actual, wanted, tolerance);
  const { difference, pairs } = compareThings(got.data.detections, known.data.detections);
  let first = difference;
  let largest = 0;
  for (const { at, one, other, overlap } of pairs) {
    largest = Math.max(largest, Math.abs(one.score - other.score));
    if (!isNear(one.score, other.score, tolerance)) {
      first ??= `/detections/${at}/score: ${one.score} instead of ${other.score}`;
    }
    if (overlap < 1 - KNOWN_BOX) {
      first ??= `/detections/${at}/box: ${boxText(one)} instead of ${boxText(other)}`;
    }
  }
  const image = compareValues(got.data["image"], known.data["image"], tolerance);
  const ofImage = image.difference === undefined ? undefined : `/image${image.difference}`;
  return { difference: first ?? ofImage, largest };
};

/**
 * Outputs of two versions say the same when they find the same things: as many, each with a like of its
 * label whose box overlaps by half. Scores of two versions are never the same, so these are measured
 * and not judged.
 *
 * A truth is the list of all things that there are, or an output: each a label or an index, or an object
 * of `label`, `index` and `box`, of which one is enough. Null, or an empty list, is nothing at all.
 */
export const detectionVersions: VersionComparer = {
  compare: (candidate, live): Comparison => {
    const [got, wanted] = [answer.safeParse(candidate), answer.safeParse(live)];
    if (!got.success || !wanted.success) return valueVersions.compare(candidate, live);
    const { difference, pairs } = compareThings(got.data.detections, wanted.data.detections);
    const offs = pairs.map(({ one, other }) => Math.abs(one.score - other.score));
    return { difference, largest: Math.max(0, ...offs) };
  },
  isRight: (output, truth) => {
    const got = answer.safeParse(output);
    const things = thingsOf(truth);
    if (!got.success || things === undefined) return false;
    const { detections } = got.data;
    return detections.length === things.length && canPair(detections, things);
  },
};

/** Two detections of the same thing. */
interface Pair {
  /** Position in the wanted list. */
  readonly at: number;
  readonly one: Detection;
  readonly other: Detection;
  readonly overlap: number;
}

function compareThings(
  got: readonly Detection[],
  wanted: readonly Detection[],
): { readonly difference: string | undefined; readonly pairs: readonly Pair[] } {
  const pairs = pairUp(got, wanted);
  const found = new Set(pairs.map(({ other }) => other));
  const lost = wanted.findIndex((one) => !found.has(one));
  const known = new Set(pairs.map(({ one }) => one));
  const extra = got.find((one) => !known.has(one));
  const [missing] = wanted.slice(lost === -1 ? wanted.length : lost);
  let difference: string | undefined;
  if (missing !== undefined) {
    const instead = extra === undefined ? "nothing like it" : thingText(extra);
    difference = `/detections/${lost}: ${instead} instead of ${thingText(missing)}`;
  } else if (extra !== undefined) {
    difference = `/detections: ${thingText(extra)} as well`;
  }
  return { difference, pairs };
}

/** Those of one label that overlap, most overlap first; each is in one pair at most. */
function pairUp(got: readonly Detection[], wanted: readonly Detection[]): readonly Pair[] {
  const byLabel = Map.groupBy(got, ({ label }) => label);
  const possible = wanted.flatMap((other, at) =>
    (byLabel.get(other.label) ?? []).flatMap((one) => {
      const overlap = overlapOf(one.box, other.box);
      return overlap >= SAME_THING ? [{ at, one, other, overlap }] : [];
    }),
  );
  const taken = new Set<Detection>();
  return possible
    .toSorted((a, b) => b.overlap - a.overlap)
    .filter(({ one, other }) => {
      if (taken.has(one) || taken.has(other)) return false;
      taken.add(one).add(other);
      return true;
    });
}

/** What is told of one thing. */
interface Thing {
  readonly label?: unknown;
  readonly index?: unknown;
  readonly box?: Box;
}

/** @returns undefined for what cannot be a truth */
function thingsOf(truth: unknown): readonly Thing[] | undefined {
  const list: unknown = isRecord(truth) && "detections" in truth ? truth["detections"] : truth;
  if (list === null) return [];
  const all: readonly unknown[] = Array.isArray(list) ? list : [list];
  const things = all.map(thingOf);
  return things.every((one) => one !== undefined) ? things : undefined;
}

function thingOf(told: unknown): Thing | undefined {
  if (typeof told === "string") return { label: told };
  if (typeof told === "number") return { index: told };
  if (!isRecord(told)) return undefined;
  const { label, index, box: given } = told;
  if (label === undefined && index === undefined) return undefined;
  if (given === undefined) return { label, index };
  const parsed = box.safeParse(given);
  return parsed.success ? { label, index, box: parsed.data } : undefined;
}

function isLike(detected: Detection, { label, index, box: told }: Thing): boolean {
  if (label !== undefined && label !== detected.label) return false;
  if (index !== undefined && index !== detected["index"]) return false;
  return told === undefined || overlapOf(detected.box, told) >= SAME_THING;
}

/**
 * Whether each thing can have a detection of its own. By augmenting paths: where things are told by
 * their label alone, the first detection that fits one may be the only one for another.
 */
function canPair(detections: readonly Detection[], things: readonly Thing[]): boolean {
  const holders = new Map<Detection, Thing>();
  const find = (thing: Thing, seen: Set<Detection>): boolean =>
    detections.some((detected) => {
      if (seen.has(detected) || !isLike(detected, thing)) return false;
      seen.add(detected);
      const holder = holders.get(detected);
      if (holder !== undefined && !find(holder, seen)) return false;
      holders.set(detected, thing);
      return true;
    });
  return things.every((thing) => find(thing, new Set()));
}

function thingText(one: Detection): string {
  return `${one.label} at ${boxText(one)}`;
}

function boxText({ box: { xmin, ymin, xmax, ymax } }: Detection): string {
  return `[${[xmin, ymin, xmax, ymax].map((it) => Math.round(it * 100) / 100).join(", ")}]`;
}
