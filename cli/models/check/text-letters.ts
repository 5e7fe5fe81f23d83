import type { GraphNode } from "../onnx/graph.ts";
import { finderAt, type Finding } from "./finding.ts";
import { placeOf } from "./producers.ts";

/** Locales that are there on every machine. */
const EVERYWHERE = new Set(["C", "C.UTF-8", "POSIX"]);

/** A `StringNormalizer` that changes case: by a locale that may be missing, and not as Python does. */
export function lettersFindings(node: GraphNode): readonly Finding[] {
  const action = node.attributes.get("case_change_action")?.string ?? "NONE";
  if (action === "NONE") return [];
  const found = finderAt("tokenizer", placeOf([node]));
  const locale = node.attributes.get("locale")?.string ?? "";
  const note = found(
    "note",
    `The graph changes case (${action}), unlike Python for İ and for Σ at the end of a word.`,
    `scikit-learn: TfidfVectorizer(lowercase=False) on lower-cased texts;
text-match: manifest.json: "pipeline": { ..., "lowercase": true }
others: lower-case before sending, or write a scoring script`,
  );
  if (EVERYWHERE.has(locale)) return [note];
  const why = `It loads only where the locale ${locale === "" ? "en_US.UTF-8, the default," : locale} is installed.`;
  const fix = `skl2onnx: to_onnx(..., options={
  TfidfVectorizer: {"locale": "C.UTF-8"}})`;
  return [found("bad", why, fix), note];
}
