import type { Automaton, Position } from "./automaton.ts";

/** Steps that are taken at most to find out: about half a second. */
const STEPS_MAX = 1_000_000;

/**
 * Whether some text leads from a position back to it in two ways: repeated, that is two to the power of
 * the repetitions, all of which are tried when what follows does not fit.
 *
 * @throws {RangeError} when it takes too long to find out
 * @see Weber and Seidl, "On the degree of ambiguity of finite automata", 1991 (criterion EDA)
 */
export function isExponential({ positions }: Automaton): boolean {
  const search = new Search(positions);
  return positions.some((start) =>
    search.finds([start, start], {
      isEnd: ([a, b], parted) => a === start && b === start && parted,
      isOpen: (all) => all.every((position) => search.leads(position, start)),
    }),
  );
}

/**
 * Whether two positions read one text over and over, and it also leads from the one to the other: where
 * the one ends is then tried as often as the text is repeated.
 *
 * @param isHarmless when no text fails beyond a position, so that nothing is tried again
 * @throws {RangeError} as above
 * @see the same (criterion IDA)
 */
export function isPolynomial(
  { positions }: Automaton,
  isHarmless: (from: Position, to: Position) => boolean = () => false,
): boolean {
  const search = new Search(positions);
  const loops = positions.filter((one) => one.next.some((next) => search.leads(next, one)));
  return loops.some((p) =>
    loops.some(
      (q) =>
        p !== q &&
        search.leads(p, q) &&
        !isHarmless(p, q) &&
        search.finds([p, p, q], {
          isEnd: ([a, b, c]) => a === p && b === q && c === q,
          isOpen: (all) => all.every((position, i) => search.leads(position, i === 0 ? p : q)),
        }),
    ),
  );
}

type Positions = readonly (Position | undefined)[];

interface Goal {
  readonly isEnd: (positions: readonly Position[], parted: boolean) => boolean;
  readonly isOpen: (positions: readonly Position[]) => boolean;
}

/** Walks through an automaton at several positions at once, which read the same text. */
class Search {
  readonly #numbers: ReadonlyMap<Position, number>;
  readonly #reached: ReadonlyMap<Position, ReadonlySet<Position>>;
  #stepsLeft = STEPS_MAX;

  constructor(positions: readonly Position[]) {
    this.#numbers = new Map(positions.map((one, i) => [one, i]));
    this.#reached = new Map(
      positions.map((one) => {
        const reached = new Set([one]);
        // A set that is walked through also gives what is added to it meanwhile.
        for (const position of reached) for (const next of position.next) reached.add(next);
        return [one, reached];
      }),
    );
  }

  leads(from: Position, to: Position): boolean {
    return this.#reached.get(from)?.has(to) ?? false;
  }

  finds(start: readonly Position[], { isEnd, isOpen }: Goal): boolean {
    const seen = new Set<string>();
    const open = [{ positions: start, parted: false }];
    for (let one = open.pop(); one !== undefined; one = open.pop()) {
      for (const { positions, parted } of this.#nextOf(one.positions)) {
        const next = { positions, parted: parted || one.parted };
        if (isEnd(positions, next.parted)) return true;
        const key = `${positions.map((position) => this.#numbers.get(position)).join()} ${next.parted}`;
        if (seen.has(key) || !isOpen(positions)) continue;
        seen.add(key);
        open.push(next);
      }
    }
    return false;
  }

  /** Where one more character leads; parted where the first two go there by different ways. */
  *#nextOf([a, b, c]: Positions): Generator<{ positions: readonly Position[]; parted: boolean }> {
    if (a === undefined || b === undefined) return;
    for (const [i, nextA] of a.next.entries()) {
      for (const [j, nextB] of b.next.entries()) {
        for (const nextC of c?.next ?? [nextB]) {
          this.#stepsLeft--;
          if (this.#stepsLeft < 0) throw new RangeError("takes too long to find out");
          if (!shareCharacter(nextA, nextB, nextC)) continue;
          const positions = c === undefined ? [nextA, nextB] : [nextA, nextB, nextC];
          yield { positions, parted: a === b ? i !== j : nextA !== nextB };
        }
      }
    }
  }
}

function shareCharacter(a: Position, b: Position, c: Position): boolean {
  const both = a === b ? a.characters : a.characters.intersect(b.characters);
  return !both.isDisjointWith(c.characters);
}
