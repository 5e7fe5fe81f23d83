import { CharSet } from "refa";
import { isExponential, isPolynomial } from "./ambiguity.ts";
import { automataOf, type Automaton, type Position } from "./automaton.ts";
import {
  alternativesOf,
  isLookaround,
  isQuantifier,
  partsOf,
  type Alternatives,
  type Element,
} from "./structure.ts";

const CHARACTERS_MAX = 1_000;

/** More repetitions are as good as endlessly many. */
const FEW = 100;

/** Ways to share a text among repetitions, all of which may be tried: more take too long. */
const WAYS_MAX = 10_000;

const SLOW = "can backtrack: some texts would take far too long";

/**
 * Why a pattern may not be matched against texts of strangers, or undefined: it takes steps in
 * proportion to the text's length. What cannot be told within about a second is a fault. Loads a
 * library: a role imports this when it has a pattern.
 *
 * @param pattern is valid, and has no flags
 */
export function patternFault(pattern: string): string | undefined {
  if (pattern.length > CHARACTERS_MAX) return `is longer than ${CHARACTERS_MAX} characters`;
  try {
    const alternatives = alternativesOf(pattern);
    return unclear(alternatives) ?? (isSlow(pattern, alternatives) ? SLOW : undefined);
  } catch (error) {
    return error instanceof RangeError
      ? "is too complicated to be examined"
      : "holds something that cannot be examined";
  }
}

/** What an automaton does not show. */
function unclear(alternatives: Alternatives): string | undefined {
  const parts = partsOf(alternatives);
  if (parts.some(({ type }) => type === "Backreference")) return "refers back to a group";
  if (parts.some((part) => part.type === "Group" && !part.raw.startsWith("(?:"))) {
    return "changes flags in a group";
  }
  if (parts.some((part) => isQuantifier(part) && part.max > 1 && mayBeEmpty(part.element))) {
    return "repeats a part that may be empty";
  }
  const atBegin = new Set(alternatives.flatMap(({ elements }) => lookaroundsAtBegin(elements)));
  if (parts.some((part) => isLookaround(part) && isEndless(part) && !atBegin.has(part))) {
    return "looks ahead or back without a bound elsewhere than right behind a leading ^";
  }
  return undefined;
}

/** Few repetitions of few are many: beside each other every number of them is endless. */
function isSlow(pattern: string, alternatives: Alternatives): boolean {
  return (
    choicesOf(alternatives) > WAYS_MAX ||
    automataOf(pattern, "", 1).some(isExponential) ||
    isQuadratic(pattern, alternatives)
  );
}

function isQuadratic(pattern: string, alternatives: Alternatives): boolean {
  const endless = waysOf(alternatives) > WAYS_MAX ? 0 : FEW;
  const [whole, ...asserted] = automataOf(pattern, "", endless);
  if (whole === undefined) return false;
  if (asserted.some((automaton) => isPolynomial(automaton))) return true;
  const mayFailAtEnd = partsOf(alternatives).some(
    (part) => part.type === "Assertion" && part.kind !== "start",
  );
  const isAnchored = alternatives.every(({ elements }) => isStart(elements[0]));
  // Where the pattern may end it has fitted, and nothing is tried again.
  const isHarmless = (_: Position, to: Position): boolean => !mayFailAtEnd && to.isLast;
  return isPolynomial(isAnchored ? whole : anywhere(whole), isHarmless);
}

/** How many numbers of repetitions there are, of all that are few: ten times one to forty are 10^16. */
function waysOf(alternatives: Alternatives): number {
  return partsOf(alternatives)
    .filter(isQuantifier)
    .filter(({ max }) => max <= FEW)
    .reduce((ways, { min, max }) => ways * (max - min + 1), 1);
}

/** How many ways there are through groups whose alternatives may begin alike, all of which may be tried. */
function choicesOf(alternatives: Alternatives): number {
  return partsOf(alternatives).reduce(
    (ways, part) => (beginsAlike(part) ? ways * part.alternatives.length : ways),
    1,
  );
}

function beginsAlike(part: Element): part is Extract<Element, { alternatives: unknown }> {
  if (!("alternatives" in part) || part.alternatives.length < 2 || isLookaround(part)) return false;
  const first = automataOf(part.raw, "", FEW)[0]?.first ?? [];
  return first.some((one, i) =>
    first.slice(i + 1).some((other) => !one.characters.isDisjointWith(other.characters)),
  );
}

/** It begins at every character of a text, as an engine tries it when it has no `^`. */
function anywhere({ positions, first }: Automaton): Automaton {
  const next = [...first];
  const before: Position = { characters: CharSet.all(0xffff), next, isLast: false };
  next.push(before);
  return { positions: [before, ...positions], first: next };
}

/** The only text that it is tried on is the empty one. */
function mayBeEmpty(element: Element): boolean {
  return new RegExp(`^(?:${element.raw})$`).test("");
}

function isEndless(element: Element): boolean {
  if (!("alternatives" in element)) return false;
  return partsOf(element.alternatives).some((part) => isQuantifier(part) && part.max > FEW);
}

/** They are tried once for a text: those that follow a leading `^`. */
function lookaroundsAtBegin([first, ...rest]: readonly Element[]): readonly Element[] {
  if (!isStart(first)) return [];
  const end = rest.findIndex((element) => !isLookaround(element));
  return end === -1 ? rest : rest.slice(0, end);
}

function isStart(element: Element | undefined): boolean {
  return element?.type === "Assertion" && element.kind === "start";
}
