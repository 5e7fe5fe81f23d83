import { JS, NFA, type CharSet } from "refa";

type Node = NFA.ReadonlyNode;

/**
 * Whether an expression can read some text from a state back to it in two ways: repeated, that is two
 * to the power of the repetitions, all of which are tried when what follows does not fit. Assertions
 * are taken for true, which finds too much rather than too little.
 *
 * @see Weber and Seidl, "On the degree of ambiguity of finite automata", 1991 (criterion EDA)
 */
export function isExponential(source: string, flags: string): boolean {
  if (!/[*+]|,\}/.test(source)) return false; // nothing comes back without repetition
  const parser = JS.Parser.fromLiteral({ source, flags });
  const { expression, maxCharacter } = parser.parse({
    assertions: "ignore",
    backreferences: "disable",
  });
  const { initial } = NFA.fromRegex(expression, { maxCharacter });
  const reached = new Set<Node>([initial]);
  // A set that is walked through also gives what is added to it meanwhile.
  for (const node of reached) for (const next of node.out.keys()) reached.add(next);
  return [...reached].some((node) => comesBackInTwoWays(node));
}

/** A pair of states that one text leads to, and whether they were ever different. */
interface Pair {
  readonly a: Node;
  readonly b: Node;
  readonly parted: boolean;
}

function comesBackInTwoWays(start: Node): boolean {
  const seen = new Map<Node, Map<Node, Set<boolean>>>();
  const open: Pair[] = [{ a: start, b: start, parted: false }];
  for (let pair = open.pop(); pair !== undefined; pair = open.pop()) {
    for (const next of nextOf(pair)) {
      if (next.a === start && next.b === start && next.parted) return true;
      const ofA = seen.get(next.a) ?? new Map<Node, Set<boolean>>();
      const known = ofA.get(next.b) ?? new Set<boolean>();
      seen.set(next.a, ofA.set(next.b, known));
      if (known.has(next.parted)) continue;
      known.add(next.parted);
      open.push(next);
    }
  }
  return false;
}

function nextOf({ a, b, parted }: Pair): readonly Pair[] {
  return [...a.out].flatMap(([nextA, setA]) =>
    [...b.out].flatMap(([nextB, setB]: [Node, CharSet]) =>
      setA.isDisjointWith(setB) ? [] : [{ a: nextA, b: nextB, parted: parted || nextA !== nextB }],
    ),
  );
}
