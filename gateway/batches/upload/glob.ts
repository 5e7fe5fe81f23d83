/** Whether a path, with `/` between its names, is one that a glob means. */
export type GlobMatch = (path: string) => boolean;

/**
 * A glob: `*` and `?` for characters of a name, `**` as a whole name for folders of any depth, `[a-z]`
 * and `[!a-z]`, `{jpg,png}`; `\` before one of those means itself. Everything else stands for itself.
 *
 * The glob comes from a client: it becomes an automaton whose states are all followed at once, so that
 * a path costs its length times that of the glob and never a power of it, whatever both are. Sets of
 * states that were reached before are kept: most paths of a folder then cost their length alone.
 */
export function compileGlob(glob: string): GlobMatch {
  const automaton = new Automaton();
  const { parts } = readParts(Array.from(glob), 0, "");
  const start = automaton.add(parts, automaton.end);
  return (path) => automaton.accepts(path, start);
}

/** What one character of a path may be. */
type Test = (character: string) => boolean;

type Part =
  | { readonly kind: "one"; readonly test: Test }
  /** Any number of characters. */
  | { readonly kind: "many"; readonly test: Test }
  /** Any number of whole names, each with the slash behind it. */
  | { readonly kind: "folders" }
  | { readonly kind: "either"; readonly options: readonly (readonly Part[])[] };

const inName: Test = (character) => character !== "/";
const anything: Test = () => true;

interface State {
  /** Undefined: it is left without a character. */
  readonly test: Test | undefined;
  readonly next: number[];
}

/** All states that a path may be in behind its characters so far. */
interface StateSet {
  readonly states: readonly number[];
  /** By the character that comes next; as far as it was asked for. */
  readonly next: Map<string, StateSet>;
}

/** Most ways between sets of states that are kept. */
const WAYS_MAX = 1000;

class Automaton {
  readonly end = 0;
  readonly #states: State[] = [{ test: () => false, next: [] }];
  readonly #sets = new Map<string, StateSet>();
  #ways = 0;

  /** @returns the state in which these parts begin, when `next` comes behind them */
  add(parts: readonly Part[], next: number): number {
    return parts.reduceRight((behind, part) => this.#addPart(part, behind), next);
  }

  accepts(path: string, start: number): boolean {
    let set = this.#setOf([start]);
    for (const character of path) {
      set = set.next.get(character) ?? this.#goOn(set, character);
      if (set.states.length === 0) return false;
    }
    return set.states.includes(this.end);
  }

  #goOn(set: StateSet, character: string): StateSet {
    if (this.#ways >= WAYS_MAX) this.#forget();
    this.#ways += 1;
    const next = this.#setOf(set.states.flatMap((state) => this.#step(state, character)));
    set.next.set(character, next);
    return next;
  }

  #setOf(from: readonly number[]): StateSet {
    const states = this.#reach(from);
    const name = states.join();
    const known = this.#sets.get(name);
    if (known !== undefined) return known;
    const set: StateSet = { states, next: new Map() };
    this.#sets.set(name, set);
    return set;
  }

  #forget(): void {
    for (const { next } of this.#sets.values()) next.clear();
    this.#sets.clear();
    this.#ways = 0;
  }

  #addPart(part: Part, next: number): number {
    switch (part.kind) {
      case "one":
        return this.#addState(part.test, [next]);
      case "many": {
        const fork = this.#addState(undefined, [next]);
        this.#states[fork]?.next.push(this.#addState(part.test, [fork]));
        return fork;
      }
      case "folders": {
        const fork = this.#addState(undefined, [next]);
        const slash = this.#addState((character) => character === "/", [fork]);
        this.#states[fork]?.next.push(this.#addPart({ kind: "many", test: inName }, slash));
        return fork;
      }
      case "either":
        return this.#addState(
          undefined,
          part.options.map((option) => this.add(option, next)),
        );
    }
  }

  #addState(test: Test | undefined, next: number[]): number {
    return this.#states.push({ test, next }) - 1;
  }

  #step(state: number, character: string): readonly number[] {
    const { test, next = [] } = this.#states[state] ?? {};
    return test?.(character) === true ? next : [];
  }

  /** These states, and those that are reached from them without a character; each once. */
  #reach(states: readonly number[]): readonly number[] {
    const reached = new Set(states);
    // A set that is walked through also gives what is added to it meanwhile.
    for (const state of reached) {
      const { test, next = [] } = this.#states[state] ?? {};
      if (test === undefined) for (const one of next) reached.add(one);
    }
    return [...reached];
  }
}

interface Reading {
  readonly parts: readonly Part[];
  /** Where it ended. */
  readonly at: number;
}

/** Reads up to one of the characters in `stops`, or the end. */
function readParts(glob: readonly string[], from: number, stops: string): Reading {
  const parts: Part[] = [];
  let at = from;
  while (at < glob.length && !stops.includes(glob[at] ?? "")) {
    const read = readPart(glob, at, stops);
    parts.push(...read.parts);
    at = read.at;
  }
  return { parts, at };
}

function readPart(glob: readonly string[], at: number, stops: string): Reading {
  const character = glob[at] ?? "";
  if (character === "\\" && at + 1 < glob.length) return literal(glob[at + 1] ?? "", at + 2);
  if (character === "?") return { parts: [{ kind: "one", test: inName }], at: at + 1 };
  if (character === "*") return readStars(glob, at, stops);
  if (character === "[") return readClass(glob, at) ?? literal(character, at + 1);
  if (character === "{") return readBraces(glob, at) ?? literal(character, at + 1);
  return literal(character, at + 1);
}

function literal(wanted: string, at: number): Reading {
  return { parts: [{ kind: "one", test: (character) => character === wanted }], at };
}

/** Two and more are one, unless they are a whole name. */
function readStars(glob: readonly string[], from: number, stops: string): Reading {
  let at = from;
  while (glob[at] === "*") at += 1;
  const begins = from === 0 || "/{,".includes(glob[from - 1] ?? "");
  const isName = begins && at - from === 2;
  if (isName && glob[at] === "/") return { parts: [{ kind: "folders" }], at: at + 1 };
  const ends = at === glob.length || stops.includes(glob[at] ?? "");
  const test = isName && ends ? anything : inName;
  return { parts: [{ kind: "many", test }], at };
}

/** @returns undefined where it is never closed */
function readClass(glob: readonly string[], from: number): Reading | undefined {
  const isNegated = glob[from + 1] === "!" || glob[from + 1] === "^";
  const close = closeOfClass(glob, from);
  if (close < 0) return undefined;
  const ranges = rangesOf(glob.slice(from + (isNegated ? 2 : 1), close));
  const test: Test = (character) =>
    inName(character) &&
    ranges.some(([low, high]) => low <= character && character <= high) !== isNegated;
  return { parts: [{ kind: "one", test }], at: close + 1 };
}

/** A bracket that stands first is one of the class. */
function closeOfClass(glob: readonly string[], from: number): number {
  const isNegated = glob[from + 1] === "!" || glob[from + 1] === "^";
  return glob.indexOf("]", from + (isNegated ? 3 : 2));
}

function rangesOf(characters: readonly string[]): readonly (readonly [string, string])[] {
  const ranges: (readonly [string, string])[] = [];
  for (let i = 0; i < characters.length; i++) {
    const low = characters[i] ?? "";
    const high = characters[i + 1] === "-" ? characters[i + 2] : undefined;
    ranges.push([low, high ?? low]);
    if (high !== undefined) i += 2;
  }
  return ranges;
}

/**
 * Reads what is inside once, whatever comes of it: braces without a comma stand for themselves.
 *
 * @returns undefined where they are never closed
 */
function readBraces(glob: readonly string[], from: number): Reading | undefined {
  if (!isClosed(glob, from)) return undefined;
  const options: (readonly Part[])[] = [];
  let at = from;
  do {
    const option = readParts(glob, at + 1, ",}");
    options.push(option.parts);
    at = option.at;
  } while (glob[at] === ",");
  const [only = [], ...others] = options;
  if (others.length > 0) return { parts: [{ kind: "either", options }], at: at + 1 };
  const [open, close] = [literal("{", at), literal("}", at)];
  return { parts: [...open.parts, ...only, ...close.parts], at: at + 1 };
}

/** Whether the brace that stands there has its partner. */
function isClosed(glob: readonly string[], from: number): boolean {
  let depth = 0;
  for (let at = from; at < glob.length; at++) {
    if (glob[at] === "\\") at += 1;
    else if (glob[at] === "[") at = Math.max(at, closeOfClass(glob, at));
    else if (glob[at] === "{") depth += 1;
    else if (glob[at] === "}") depth -= 1;
    if (depth === 0) return true;
  }
  return false;
}
