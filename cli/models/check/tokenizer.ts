import type { GraphNode } from "../onnx/graph.ts";
import { finderAt, type Finding, type LintRule } from "./finding.ts";
import { originOf, placeOf, producersIn, type Producers } from "./producers.ts";
import { countsFindings } from "./text-counts.ts";
import { lettersFindings } from "./text-letters.ts";

/** The export that makes scikit-learn's default `token_pattern` the same in the graph. */
export const TOKENEXP = `skl2onnx: to_onnx(..., options={TfidfVectorizer: {
  "tokenexp": r"[\\p{L}\\p{N}_]{2,}", "locale": "C.UTF-8"}})`;

const SUBWORDS = `scikit-learn: TfidfVectorizer(analyzer="word"); the n-grams are made
before the graph, in training too; manifest.json of text-match:
  "pipeline": { ..., "subwords": { "min": 3, "max": 4 } }`;

/**
 * Text that the graph cuts up in another way than scikit-learn did when it was trained: nothing
 * fails, and the scores are wrong.
 */
export const tokenizerRule: LintRule = ({ graph }) => {
  const producers = producersIn(graph);
  return graph.nodes.flatMap((node) => {
    switch (node.opType) {
      case "StringNormalizer":
        return lettersFindings(node);
      case "TfIdfVectorizer":
        return vectorizerFindings(node, producers, graph.nodes);
      default:
        return [];
    }
  });
};

function vectorizerFindings(
  vectorizer: GraphNode,
  producers: Producers,
  nodes: readonly GraphNode[],
): readonly Finding[] {
  const vocabulary = [...new Set(vectorizer.attributes.get("pool_strings")?.strings)];
  const before = originOf(vectorizer.inputs[0] ?? "", producers, SHAPING);
  const cut = before?.opType === "Tokenizer" ? cutFindings(before, vocabulary) : [];
  return [...cut, ...countsFindings(vectorizer, vocabulary, nodes)];
}

/** What only changes the shape of tokens. */
const SHAPING = new Set(["Flatten", "Reshape", "Squeeze", "Unsqueeze", "Identity"]);

function cutFindings(tokenizer: GraphNode, vocabulary: readonly string[]): readonly Finding[] {
  const found = finderAt("tokenizer", placeOf([tokenizer]));
  const expression = tokenizer.attributes.get("tokenexp")?.string ?? null;
  const padding = tokenizer.attributes.get("pad_value")?.string ?? "";
  const filled = `Short rows are filled up with "${padding}", which is in the vocabulary: rows change with their neighbours.`;
  const padded = vocabulary.includes(padding) ? [found("bad", filled, SUBWORDS)] : [];
  if (expression === null) {
    const why = "Separators are regular expressions here, and not what token_pattern says.";
    return [found("note", why, TOKENEXP), ...padded];
  }
  if (expression === ".") {
    const why = "Character n-grams: scikit-learn makes one blank of several, the graph does not.";
    return [found("bad", why, SUBWORDS), ...padded];
  }
  const fault = expressionFault(expression, vocabulary);
  return fault === undefined ? padded : [found("bad", fault, TOKENEXP), ...padded];
}

/** What is wrong with an expression that RE2 is to read, whose classes know ASCII only. */
function expressionFault(expression: string, vocabulary: readonly string[]): string | undefined {
  const shown = `tokenexp ${expression}`;
  if (/\(\?(?:<?[=!]|[b-tvwyzA-KM-Z]*[aLux][a-zA-Z]*[:)])/.test(expression)) {
    return `${shown} is Python's; RE2 cannot read it, and the graph does not load.`;
  }
  const isAscii = /\\[wWdDsSbB]|\[:\w+:\]/.test(expression) || /a-z|A-Z/.test(expression);
  if (isAscii && !expression.includes("\\p{L}")) {
    return `${shown} knows ASCII only, unlike Python's: "café" may be cut to "caf".`;
  }
  const [lost, ...others] = outOfReach(expression, vocabulary);
  if (lost === undefined) return undefined;
  return `${shown} never gives "${lost}", which is in the vocabulary, nor ${others.length} more.`;
}

/** Words of the vocabulary that the expression cannot give; none where only RE2 can read it. */
function outOfReach(expression: string, vocabulary: readonly string[]): readonly string[] {
  let whole: RegExp;
  try {
    whole = new RegExp(`^(?:${expression})$`, "u");
  } catch {
    return [];
  }
  return vocabulary.filter((word) => !whole.test(word));
}
