import { z } from "zod";
import { isNear, isRecord, type Comparison } from "./compare.ts";
import { firstOf, type KnownClasses, type Ranked } from "./truth.ts";
import { valueVersions, VERSION_TOLERANCE, type VersionComparer } from "./versions.ts";

interface Entry {
  readonly probability: number;
  readonly [name: string]: unknown;
}

/**
 * Outputs that are a list with what is most probable first. They say the same when the same things stand
 * in the same order, but for those that are as probable as each other by what the live version says.
 * Probabilities of two versions are never the same, so these are measured and not judged.
 *
 * A truth is what the first entry should be: the text or number of one of `names`, several members of
 * the entry, an output whose first entry it is, or null where there should be none.
 */
export function rankedVersions({ list, names }: Ranked): VersionComparer {
  return {
    compare: (candidate, live) => {
      const [got, wanted] = [entriesOf(candidate, list), entriesOf(live, list)];
      if (got === undefined || wanted === undefined) return valueVersions.compare(candidate, live);
      const [first] = wanted;
      const name = names.find((one) => first?.[one] !== undefined) ?? "";
      return compareEntries(got, wanted, { name, list });
    },
    isRight: (output, told) => {
      const truth = firstOf(told, { list, names });
      const entries = entriesOf(output, list);
      const [first] = entries ?? [];
      if (first === undefined) return truth === null && entries !== undefined;
      if (isRecord(truth)) {
        return Object.entries(truth).every(([name, value]) => first[name] === value);
      }
      // An id may look like a number; where entries have a number, a number means that one.
      const hasNumber = names.some((name) => typeof first[name] === "number");
      const sought = typeof truth === "number" && !hasNumber ? String(truth) : truth;
      return names.some((name) => first[name] === sought);
    },
  };
}

const classesSchema = z.array(z.looseObject({}));

/**
 * What such outputs name: the classes of a file, in order, with their positions.
 *
 * @param file its content @param canBeNone whether the list may be empty
 */
export function rankedClasses(
  file: unknown,
  { list, names, canBeNone }: Ranked & { readonly canBeNone: boolean },
): KnownClasses {
  const classes = classesSchema.parse(file);
  const all = classes.map((one, index) => ({ ...one, index }));
  return { all, list, names, hasOthers: false, canBeNone };
}

function entriesOf(output: unknown, list: string): readonly Entry[] | undefined {
  const entries: unknown = isRecord(output) ? output[list] : undefined;
  return Array.isArray(entries) && entries.every(isEntry) ? entries : undefined;
}

function isEntry(value: unknown): value is Entry {
  return isRecord(value) && typeof value["probability"] === "number";
}

function compareEntries(
  got: readonly Entry[],
  wanted: readonly Entry[],
  { name, list }: { readonly name: string; readonly list: string },
): Comparison {
  const probabilities = new Map(wanted.map((entry) => [entry[name], entry.probability]));
  const offs = got.map((entry) =>
    Math.abs(entry.probability - (probabilities.get(entry[name]) ?? entry.probability)),
  );
  const largest = Math.max(0, ...offs);
  if (got.length !== wanted.length) {
    const difference = `/${list}: ${got.length} entries instead of ${wanted.length}`;
    return { difference, largest };
  }
  // What the live version did not list may be as improbable as can be.
  const at = wanted.findIndex(({ probability }, i) => {
    const ofGot = probabilities.get(got[i]?.[name]) ?? 0;
    return !isNear(ofGot, probability, VERSION_TOLERANCE);
  });
  if (at === -1) return { difference: undefined, largest };
  const [actual, instead] = [String(got[at]?.[name]), String(wanted[at]?.[name])];
  return { difference: `/${list}/${at}: ${actual} instead of ${instead}`, largest };
}
