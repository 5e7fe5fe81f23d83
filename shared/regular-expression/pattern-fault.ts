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
  return automataOf(pattern, "", 1).some(isExponential) || isQuadratic(pattern, alternatives);
}

function isQuadratic(pattern: string, alternatives: Alternatives): boolean {
  const [whole, ...asserted] = automataOf(pattern, "", FEW);
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
