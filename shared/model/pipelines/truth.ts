import { oneOf } from "../../plain-words.ts";
import { isRecord } from "./compare.ts";

/** How outputs have what is most probable. */
export interface Ranked {
  /** The output's member that is the list. */
  readonly list: string;
  /** Members that each name an entry, the best first. */
  readonly names: readonly string[];
}

/** What the outputs of a version can name. */
export interface KnownClasses {
  /** Each with the members that outputs name it by. */
  readonly all: readonly Readonly<Record<string, unknown>>[];
  /** Those members, the best first. */
  readonly names: readonly string[];
  /** The member of an output that lists them, most probable first; undefined: an output names one itself. */
  readonly list?: string;
  /** Whether a truth with none of these members says nothing of the class. */
  readonly hasOthers: boolean;
  /** Whether an output may name several: a truth is then the list of all of them. */
  readonly areMany?: boolean;
  /** Whether there may be no class at all, which null says. */
  readonly canBeNone: boolean;
}

/** Classes that are told one by one; of more, the first is an example. */
const TOLD_MAX = 10;

/**
 * Why no version can ever be right by this truth: it names a class that none of them has.
 *
 * @param truth what an output should have said, or a member of it
 * @param versions those that it may be held against
 * @returns undefined when one can
 */
export function truthFault(truth: unknown, versions: readonly KnownClasses[]): string | undefined {
  const newest = versions.at(-1);
  if (newest === undefined || versions.some((known) => isOf(truth, known))) return undefined;
  const { all, names, canBeNone, areMany = false } = newest;
  const what = all.length > TOLD_MAX ? example(all, names) : list(all, names);
  const isNone = canBeNone ? ", or null for none" : "";
  if (!areMany) return `is no class that the model has: must be ${what}${isNone}`;
  return `is not of classes that the model has: each must be ${what}${isNone}`;
}

/**
 * What a truth says of the first entry: where it is an output, that entry, by its best name. Another
 * version's probability is no truth.
 */
export function firstOf(truth: unknown, { list: member, names }: Ranked): unknown {
  const entries: unknown = isRecord(truth) ? truth[member] : undefined;
  if (!Array.isArray(entries)) return truth;
  const [first]: readonly unknown[] = entries;
  if (!isRecord(first)) return first ?? null;
  const name = names.find((one) => first[one] !== undefined) ?? "";
  return { [name]: first[name] };
}

function isOf(told: unknown, known: KnownClasses): boolean {
  const { list: member = "", areMany = false } = known;
  if (!areMany) return isOne(told, known);
  const all: unknown = isRecord(told) && member in told ? told[member] : told;
  const things: readonly unknown[] = Array.isArray(all) ? all : [all];
  return things.every((thing) => isOne(thing, known));
}

function isOne(told: unknown, { list: member, ...known }: KnownClasses): boolean {
  const { all, names, hasOthers, canBeNone } = known;
  const truth = member === undefined ? told : firstOf(told, { list: member, names });
  if (truth === null) return canBeNone;
  if (!isRecord(truth)) return all.some((one) => names.some((name) => isSame(one[name], truth)));
  const said = names.filter((name) => truth[name] !== undefined);
  if (said.length === 0) return hasOthers;
  return all.some((one) => said.every((name) => isSame(one[name], truth[name])));
}

/** A name that looks like a number may be said as one. */
function isSame(known: unknown, said: unknown): boolean {
  const isLoose = typeof said === "number" || typeof said === "boolean";
  if (isLoose && typeof known === "string") return known === String(said);
  return known !== undefined && known === said;
}

function example(all: KnownClasses["all"], names: readonly string[]): string {
  const [first = {}] = all;
  const usable = names.filter((name) => first[name] !== undefined);
  return `the ${oneOf(usable)} of one of ${all.length}, such as ${JSON.stringify(first[usable[0] ?? ""])}`;
}

function list(all: KnownClasses["all"], names: readonly string[]): string {
  const best = all.map((one) => names.map((name) => one[name]).find((it) => it !== undefined));
  return oneOf(best.map((one) => JSON.stringify(one)));
}
