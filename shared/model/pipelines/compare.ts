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

/** What came of comparing two outputs. */
export interface Comparison {
  /** The first place where they are not the same; undefined when there is none. */
  readonly difference: string | undefined;
  /** Between two numbers that stand at the same place, or for the same thing; 0 without any. */
  readonly largest: number;
}

/**
 * Compares an output of a model with the one that is wanted. Numbers may be off by the tolerance;
 * members, texts and lengths are the same.
 */
export type Comparer = (actual: unknown, wanted: unknown, tolerance: Tolerance) => Comparison;

export const compareValues: Comparer = (actual, wanted, tolerance) => {
  const findings = new Findings(tolerance);
  findings.addValues(actual, wanted, "");
  return findings.comparison;
};

/**
 * The same for lists by probability, where both are such: every wanted entry is there with its
 * probability, but for one so close to the last that another took its place; and the first is the
 * first, unless the two first are closer than the tolerance.
 */
export const compareRanked: Comparer = (actual, wanted, tolerance) => {
  const [ranked, got] = [rankedSchema.safeParse(wanted), rankedSchema.safeParse(actual)];
  if (!ranked.success || !got.success) return compareValues(actual, wanted, tolerance);
  const findings = new Findings(tolerance);
  for (const [member, entries] of Object.entries(ranked.data)) {
    addLists(findings, got.data[member] ?? [], entries, `/${member}`);
  }
  return findings.comparison;
};

/** What is found on the way through two outputs. */
class Findings {
  readonly #tolerance: Tolerance;
  #difference: string | undefined;
  #largest = 0;

  constructor(tolerance: Tolerance) {
    this.#tolerance = tolerance;
  }

  get comparison(): Comparison {
    return { difference: this.#difference, largest: this.#largest };
  }

  /** Adds two values of any kind, with all that is in them. */
  addValues(actual: unknown, wanted: unknown, path: string): void {
    if (typeof wanted === "number" && typeof actual === "number") {
      this.addNumbers(actual, wanted, path);
    } else if (Array.isArray(wanted) && Array.isArray(actual)) {
      this.#addArrays(actual, wanted, path);
    } else if (isRecord(wanted) && isRecord(actual)) {
      this.#addRecords(actual, wanted, path);
    } else if (actual !== wanted) this.add(path, actual, wanted);
  }

  addNumbers(actual: number, wanted: number, path: string): void {
    this.#largest = Math.max(this.#largest, Math.abs(actual - wanted));
    if (!this.isNear(actual, wanted)) this.add(path, actual, wanted);
  }

  isNear(actual: number, wanted: number): boolean {
    return isNear(actual, wanted, this.#tolerance);
  }

  /** Adds a difference; the first is kept. */
  add(path: string, actual: unknown, wanted: unknown): void {
    this.#difference ??= other(path, actual, wanted);
  }

  #addArrays(actual: readonly unknown[], wanted: readonly unknown[], path: string): void {
    if (actual.length !== wanted.length) {
      this.add(path, `${actual.length} elements`, String(wanted.length));
      return;
    }
    for (const [i, element] of wanted.entries()) {
      this.addValues(actual[i], element, `${path}/${i}`);
    }
  }

  #addRecords(actual: JsonRecord, wanted: JsonRecord, path: string): void {
    const [names, got] = [Object.keys(wanted), Object.keys(actual)];
    if (names.length !== got.length || !names.every((name) => Object.hasOwn(actual, name))) {
      this.add(path, `members ${got.join(", ")}`, names.join(", "));
      return;
    }
    for (const name of names) this.addValues(actual[name], wanted[name], `${path}/${name}`);
  }
}

function addLists(
  findings: Findings,
  got: readonly Entry[],
  wanted: readonly Entry[],
  path: string,
): void {
  if (got.length !== wanted.length) {
    findings.add(path, `${got.length} entries`, String(wanted.length));
    return;
  }
  const found = new Map(got.map((entry) => [identity(entry), entry.probability]));
  const least = got.at(-1)?.probability ?? 0;
  for (const [i, entry] of wanted.entries()) {
    const probability = found.get(identity(entry)) ?? least;
    findings.addNumbers(probability, entry.probability, `${path}/${i}/probability`);
  }
  const [first, second] = wanted;
  const [best] = got;
  if (first === undefined || best === undefined) return;
  const isClose = findings.isNear(second?.probability ?? 0, first.probability);
  const isFirst = identity(best) === identity(first);
  if (!isClose && !isFirst) findings.add(`${path}/0`, identity(best), identity(first));
}

export function isNear(actual: number, wanted: number, { absolute, relative }: Tolerance): boolean {
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

type JsonRecord = Readonly<Record<string, unknown>>;

/** An object of JSON, whose members have names. */
export function isRecord(value: unknown): value is JsonRecord {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
