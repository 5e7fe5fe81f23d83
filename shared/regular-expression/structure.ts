import { JS } from "refa";

export type Alternatives = JS.RegexppAst["pattern"]["alternatives"];
export type Element = Alternatives[number]["elements"][number];
type Quantifier = Extract<Element, { type: "Quantifier" }>;
export type Lookaround = Extract<Element, { kind: "lookahead" | "lookbehind" }>;

/** The syntax tree's alternatives. */
export function alternativesOf(source: string): Alternatives {
  return JS.Parser.fromLiteral({ source, flags: "" }).ast.pattern.alternatives;
}

/** All parts, at any depth, in their order. */
export function partsOf(alternatives: Alternatives): readonly Element[] {
  return alternatives.flatMap(({ elements }) => elements).flatMap(withInner);
}

export function isQuantifier(element: Element): element is Quantifier {
  return element.type === "Quantifier";
}

export function isLookaround(element: Element): element is Lookaround {
  return element.type === "Assertion" && "alternatives" in element;
}

function withInner(element: Element): readonly Element[] {
  if (isQuantifier(element)) return [element, ...withInner(element.element)];
  return "alternatives" in element ? [element, ...partsOf(element.alternatives)] : [element];
}
