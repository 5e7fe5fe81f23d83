import type { GraphNode } from "../onnx/graph.ts";
import { finderAt, type Finding } from "./finding.ts";
import { placeOf } from "./producers.ts";

/** Words that any English text of some length has; a vocabulary without them had them taken out. */
const COMMON = new Set("the and of to in is it for on with this that".split(" "));

/** Ways of counting that the converter takes and does not do as scikit-learn. */
export function countsFindings(
  vectorizer: GraphNode,
  vocabulary: readonly string[],
  nodes: readonly GraphNode[],
): readonly Finding[] {
  const found = finderAt("tokenizer", placeOf([vectorizer]));
  const longest = Number(vectorizer.attributes.get("max_gram_length")?.int ?? 1n);
  const lengths = vectorizer.attributes.get("ngram_counts")?.ints.length ?? 0;
  const findings: Finding[] = [];
  const add: (...finding: Parameters<typeof found>) => void = (...finding) =>
    findings.push(found(...finding));
  if (lengths > longest) {
    add(
      "bad",
      "Its vocabulary was cut into letters: analyzer=callable is not converted, and not refused.",
      'scikit-learn: TfidfVectorizer(analyzer="word"), and what the callable\ndid in a scoring script',
    );
  } else if (longest > 1 && isWithoutStopWords(vocabulary)) {
    add(
      "note",
      "N-grams, and no common word in the vocabulary: if stop words were taken out, scikit-learn joins what is left, and the graph does not.",
      "scikit-learn: stop_words=None, or ngram_range=(1, 1)",
    );
  }
  if (isSublinear(vectorizer, nodes)) {
    add(
      "bad",
      "sublinear_tf=True is converted to another formula; scores are off by up to 0.02.",
      "scikit-learn: TfidfVectorizer(sublinear_tf=False)",
    );
  }
  return findings;
}

/** Of words, that is: letters have none. */
function isWithoutStopWords(vocabulary: readonly string[]): boolean {
  return (
    vocabulary.some((word) => word.length > 1) &&
    !vocabulary.some((word) => COMMON.has(word.toLowerCase()))
  );
}

/** The counts go into `Add` and then `Log`. */
function isSublinear({ outputs }: GraphNode, nodes: readonly GraphNode[]): boolean {
  const isAfter = (names: readonly string[], opType: string): readonly GraphNode[] =>
    nodes.filter(
      (node) => node.opType === opType && node.inputs.some((input) => names.includes(input)),
    );
  const added = isAfter(outputs, "Add").flatMap((node) => node.outputs);
  return isAfter(added, "Log").length > 0;
}
