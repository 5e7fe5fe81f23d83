import { CharSet, JS } from "refa";

type Expression = ReturnType<JS.Parser["parse"]>["expression"];
type Concatenation = Expression["alternatives"][number];
type Part = Concatenation["elements"][number];
type Repeated = Extract<Part, { type: "Quantifier" }>;

/** A character class of an expression, which is read, and those that may be read after it. */
export interface Position {
  readonly characters: CharSet;
  /** One is there twice when there are two ways to it. */
  readonly next: Position[];
  /** The expression may end with it. */
  isLast: boolean;
}

export interface Automaton {
  readonly positions: readonly Position[];
  readonly first: readonly Position[];
}

/** What reads the same texts, or more: assertions are passed over. */
interface Piece {
  readonly positions: readonly Position[];
  readonly first: readonly Position[];
  readonly last: readonly Position[];
  readonly isEmpty: boolean;
}

/** More of either, and it would take too long to find anything out. */
const POSITIONS_MAX = 500;
const EDGES_MAX = 20_000;

/** So many are written out. */
const EXACT_MAX = 20;

const NOTHING: Piece = { positions: [], first: [], last: [], isEmpty: true };

/**
 * Glushkov's automaton, which keeps apart what an engine tries one after the other, and one more for
 * what stands in each assertion.
 *
 * @param endless more repetitions than that are endlessly many; up to it, they are two, or exactly so many characters
 * @throws when it refers back to a group
 * @throws {RangeError} when it would be too large
 */
export function automataOf(source: string, flags: string, endless: number): readonly Automaton[] {
  const { expression } = JS.Parser.fromLiteral({ source, flags }).parse({
    assertions: "parse",
    backreferences: "throw",
    simplify: false,
  });
  const asserted: (readonly Concatenation[])[] = [expression.alternatives];
  const automata: Automaton[] = [];
  for (const alternatives of asserted) {
    const inner = (more: readonly Concatenation[]): unknown => asserted.push(more);
    const piece = choice(alternatives, { endless, inner, positions: 0, edges: 0 });
    for (const position of piece.last) position.isLast = true;
    automata.push(piece);
  }
  return automata;
}

interface Context {
  readonly endless: number;
  readonly inner: (alternatives: readonly Concatenation[]) => unknown;
  positions: number;
  edges: number;
}

function choice(alternatives: readonly Concatenation[], context: Context): Piece {
  const pieces = alternatives.map(({ elements }) =>
    elements
      .map((element) => pieceOf(element, context))
      .reduce((a, b) => join(a, b, context), NOTHING),
  );
  return {
    positions: pieces.flatMap(({ positions }) => positions),
    first: pieces.flatMap(({ first }) => first),
    last: pieces.flatMap(({ last }) => last),
    isEmpty: pieces.some(({ isEmpty }) => isEmpty),
  };
}

function pieceOf(element: Part, context: Context): Piece {
  switch (element.type) {
    case "CharacterClass": {
      if (++context.positions > POSITIONS_MAX) throw new RangeError("has too many parts");
      const one: Position = { characters: element.characters, next: [], isLast: false };
      return { positions: [one], first: [one], last: [one], isEmpty: false };
    }
    case "Alternation":
      return choice(element.alternatives, context);
    case "Quantifier": {
      const single = singleOf(element);
      if (single !== undefined) {
        return Array.from({ length: element.max }, () => pieceOf(single, context)).reduce(
          (a, b) => join(a, b, context),
          NOTHING,
        );
      }
      const once = choice(element.alternatives, context);
      const isEmpty = element.min === 0 || once.isEmpty;
      if (element.max > context.endless) follow(once, once, context);
      if (element.max > context.endless || element.max <= 1) return { ...once, isEmpty };
      const again = { ...choice(element.alternatives, context), isEmpty: true };
      return { ...join(once, again, context), isEmpty };
    }
    case "Assertion":
      context.inner(element.alternatives);
      return NOTHING;
    case "Unknown":
      return NOTHING;
  }
}

/** What an exact number of characters repeats, such as `\d{4}`: written out it can be read in one way. */
function singleOf({ min, max, alternatives: [one, ...others] }: Repeated): Part | undefined {
  const [single, ...more] = one?.elements ?? [];
  const isSingle = others.length === 0 && more.length === 0 && single?.type === "CharacterClass";
  return isSingle && min === max && max <= EXACT_MAX ? single : undefined;
}

function join(a: Piece, b: Piece, context: Context): Piece {
  follow(a, b, context);
  return {
    positions: [...a.positions, ...b.positions],
    first: a.isEmpty ? [...a.first, ...b.first] : a.first,
    last: b.isEmpty ? [...a.last, ...b.last] : b.last,
    isEmpty: a.isEmpty && b.isEmpty,
  };
}

function follow(a: Piece, b: Piece, context: Context): void {
  context.edges += a.last.length * b.first.length;
  if (context.edges > EDGES_MAX) throw new RangeError("has too many ways");
  for (const position of a.last) position.next.push(...b.first);
}
