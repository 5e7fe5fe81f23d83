import { isDeepStrictEqual } from "node:util";
import { z } from "zod";

/** How far a number may be from the one that is wanted: `absolute + relative * |wanted|`. */
export interface Tolerance {
  readonly absolute: number;
  readonly relative: number;
}

/** Outputs that are lists of what is most probable. */
const rankedSchema = z.record(
  z.string(),
  z.array(z.looseObject({ probability: z.number() })).min(1),
);
type Ranked = z.infer<typeof rankedSchema>;
type Entry = Ranked[string][number];

/**
 * Where an output of a model is another one than is wanted. Numbers may be off by the tolerance;
 * members, texts and lengths are the same.
 *
 * @returns undefined when they are the same
 */
export type Comparer = (
  actual: unknown,
  wanted: unknown,
  tolerance: Tolerance,
) => string | undefined;

export const differenceOfValues: Comparer = (actual, wanted, tolerance) =>
  differenceAt(actual, wanted, { path: "", tolerance });

/**
 * The same for lists by probability, where both are such: every wanted entry is there with its
 * probability, but for one so close to the last that another took its place; and the first is the
 * first, unless the two first are closer than the tolerance.
 */
export const differenceOfRanked: Comparer = (actual, wanted, tolerance) => {
  const [ranked, got] = [rankedSchema.safeParse(wanted), rankedSchema.safeParse(actual)];
  if (!ranked.success || !got.success) return differenceOfValues(actual, wanted, tolerance);
  for (const [member, entries] of Object.entries(ranked.data)) {
    const at = { path: `/${member}`, tolerance };
    const difference = differenceOfLists(got.data[member] ?? [], entries, at);
    if (difference !== undefined) return difference;
  }
  return undefined;
};

interface Position {
  readonly path: string;
  readonly tolerance: Tolerance;
}

function differenceAt(actual: unknown, wanted: unknown, at: Position): string | undefined {
  const { path, tolerance } = at;
  if (typeof wanted === "number" && typeof actual === "number") {
    return isNear(actual, wanted, tolerance) ? undefined : other(path, actual, wanted);
  }
  if (!isObject(wanted) || !isObject(actual)) {
    return actual === wanted ? undefined : other(path, actual, wanted);
  }
  const names = Object.keys(wanted);
  if (!isDeepStrictEqual(Object.keys(actual).toSorted(), names.toSorted())) {
    return other(path, `members ${Object.keys(actual).join(", ")}`, names.join(", "));
  }
  const members = new Map<string, unknown>(Object.entries(actual));
  for (const [name, member] of Object.entries(wanted)) {
    const inner = { path: `${path}/${name}`, tolerance };
    const difference = differenceAt(members.get(name), member, inner);
    if (difference !== undefined) return difference;
  }
  return undefined;
}

function differenceOfLists(
  got: readonly Entry[],
  wanted: readonly Entry[],
  { path, tolerance }: Position,
): string | undefined {
  if (got.length !== wanted.length) {
    return other(path, `${got.length} entries`, String(wanted.length));
  }
  const found = new Map(got.map((entry) => [identity(entry), entry.probability]));
  const least = got.at(-1)?.probability ?? 0;
  for (const [i, entry] of wanted.entries()) {
    const probability = found.get(identity(entry)) ?? least;
    if (!isNear(probability, entry.probability, tolerance)) {
      return other(`${path}/${i}/probability`, probability, entry.probability);
    }
  }
  const [first, second] = wanted;
  const [best] = got;
  if (first === undefined || best === undefined) return undefined;
  const isClose = isNear(second?.probability ?? 0, first.probability, tolerance);
  const isFirst = identity(best) === identity(first);
  return isClose || isFirst ? undefined : other(`${path}/0`, identity(best), identity(first));
}

function isNear(actual: number, wanted: number, { absolute, relative }: Tolerance): boolean {
  return Math.abs(actual - wanted) <= absolute + relative * Math.abs(wanted);
}

function other(path: string, actual: unknown, wanted: unknown): string {
  const text = (value: unknown): string =>
    (typeof value === "string" ? value : (JSON.stringify(value) ?? "nothing")).slice(0, 200);
  return `${path === "" ? "" : `${path}: `}${text(actual)} instead of ${text(wanted)}`;
}

/** What an entry is, apart from where it stands. */
function identity(entry: Entry): string {
  const fixed = Object.entries(entry).filter(([name]) => name !== "probability" && name !== "rank");
  return JSON.stringify(fixed.toSorted(([a], [b]) => a.localeCompare(b)));
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
