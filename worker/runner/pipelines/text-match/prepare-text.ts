import type { TextMatchSettings } from "../../../../shared/model/pipelines/text-match/definition.ts";

/** Where there is none, UTF-16 units are code points. */
const SURROGATE = /[\ud800-\udfff]/;

const WORD = /[\p{L}\p{N}_]+/gu;

/**
 * What a text is before the model sees it, the same as the trainer's `prepare`: NFKC, lower case,
 * its words joined by blanks, and behind them the character n-grams of each word between
 * underscores, as words of their own. N-grams count code points. A text without words is empty.
 */
export function prepareText(
  text: string,
  {
    normalize,
    lowercase,
    subwords,
  }: Pick<TextMatchSettings, "normalize" | "lowercase" | "subwords">,
): string {
  let plain = normalize === "nfkc" ? text.normalize("NFKC") : text;
  if (lowercase) plain = plain.toLowerCase();
  const words = plain.match(WORD) ?? [];
  if (subwords === null) return words.join(" ");
  return [...words, ...words.flatMap((word) => ngrams(word, subwords))].join(" ");
}

function ngrams(word: string, { min, max }: { min: number; max: number }): string[] {
  const marked = `_${word}_`;
  // Cutting a string is several times cheaper than joining characters.
  const letters = SURROGATE.test(marked) ? Array.from(marked) : marked;
  const grams: string[] = [];
  for (let length = min; length <= max; length++) {
    for (let start = 0; start + length <= letters.length; start++) {
      const gram = letters.slice(start, start + length);
      grams.push(typeof gram === "string" ? gram : gram.join(""));
    }
  }
  return grams;
}
