import type { Aggregation } from "../../../../shared/model/pipelines/token-classification/definition.ts";

/** What a graph tells of one token, special ones left out. */
export interface ScoredToken {
  readonly start: number;
  readonly end: number;
  /** Tokens of one word have the same number. */
  readonly word: number | null;
  /** Probability of each label. */
  readonly scores: Float32Array;
}

/** Tokens that are one thing. */
export interface Entity {
  readonly label: string;
  readonly probability: number;
  readonly start: number;
  readonly end: number;
}

/**
 * Tokens as entities, as `TokenClassificationPipeline` of transformers does it, by its names; but words
 * are those of the tokenizer, and not guessed from the lengths of its tokens.
 *
 * @param labels in the order of the scores @param outside the label that is left out
 */
export function aggregate(
  tokens: readonly ScoredToken[],
  labels: readonly string[],
  { how, outside }: { readonly how: Aggregation; readonly outside: string },
): readonly Entity[] {
  const isPlain = how === "none" || how === "simple";
  const words = isPlain ? tokens.map((token) => [token]) : groupsOf(tokens, isOfWord);
  const told = words.map((word) => entityOf(word, labels, how));
  const entities = how === "none" ? told : grouped(told);
  return entities.filter(({ label }) => label !== outside);
}

/** What stands side by side and goes on together. @param goesOn whether one is of the group of `first` */
function groupsOf<T>(all: readonly T[], goesOn: (first: T, one: T) => boolean): readonly T[][] {
  const groups: T[][] = [];
  for (const one of all) {
    const last = groups.at(-1);
    if (last?.[0] !== undefined && goesOn(last[0], one)) last.push(one);
    else groups.push([one]);
  }
  return groups;
}

function isOfWord(first: ScoredToken, { word }: ScoredToken): boolean {
  return word !== null && first.word === word;
}

function entityOf(
  word: readonly ScoredToken[],
  labels: readonly string[],
  how: Aggregation,
): Entity {
  const scores = scoresOf(word, how);
  const best = largestAt(scores);
  return {
    label: labels[best] ?? "",
    probability: scores[best] ?? 0,
    start: word[0]?.start ?? 0,
    end: word.at(-1)?.end ?? 0,
  };
}

function scoresOf(word: readonly ScoredToken[], how: Aggregation): Float32Array {
  const [first = { scores: new Float32Array() }, ...others] = word;
  if (others.length === 0) return first.scores;
  if (how === "average") {
    return first.scores.map(
      (_, i) => word.reduce((sum, { scores }) => sum + (scores[i] ?? 0), 0) / word.length,
    );
  }
  if (how !== "max") return first.scores;
  const largest = ({ scores }: { readonly scores: Float32Array }) => scores[largestAt(scores)] ?? 0;
  return others.reduce(
    (best, it) => (largest(it) > largest({ scores: best }) ? it.scores : best),
    first.scores,
  );
}

function largestAt(scores: Float32Array): number {
  return scores.reduce((best, score, i) => (score > (scores[best] ?? -Infinity) ? i : best), 0);
}

/** Side by side and of one kind; what begins with B- begins anew. */
function grouped(told: readonly Entity[]): readonly Entity[] {
  const groups = groupsOf(told, (first, one) => {
    const [mark, kind] = parts(one);
    return mark !== "B" && parts(first)[1] === kind;
  });
  return groups.map((group) => ({
    label: group[0] === undefined ? "" : parts(group[0])[1],
    probability: group.reduce((sum, { probability }) => sum + probability, 0) / group.length,
    start: group[0]?.start ?? 0,
    end: group.at(-1)?.end ?? 0,
  }));
}

/** What is neither B- nor I- goes on with what is before it. */
function parts({ label }: Entity): readonly [mark: "B" | "I", kind: string] {
  if (label.startsWith("B-")) return ["B", label.slice(2)];
  return ["I", label.startsWith("I-") ? label.slice(2) : label];
}
